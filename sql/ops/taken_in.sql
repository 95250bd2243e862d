-- One row per step and raw table that it derives from.
create table ops.taken_in (
    step varchar not null check (step in ('marts', 'checks', 'coverage')),
    table_name varchar not null,
    versions bigint not null check (versions >= 0),
    superseded bigint not null check (superseded >= 0),
    taken_to timestamptz not null,
    program varchar not null check (program <> '')
);
comment on table ops.taken_in is
    'What of the raw tables a step had taken in when it last ran: the next time it looks at what is '
    'new alone, or at everything where the tables or the program are not what they were. Key: step, '
    'table_name.';
comment on column ops.taken_in.step is
    'marts, checks (sql/checks) or coverage (ops.coverage_month)';
comment on column ops.taken_in.table_name is 'Raw table';
comment on column ops.taken_in.versions is 'Versions that it held';
comment on column ops.taken_in.superseded is 'Those of them that were superseded';
comment on column ops.taken_in.taken_to is
    'When the newest version of any raw table was recorded or superseded, UTC';
comment on column ops.taken_in.program is 'SHA-256 over the SQL tree and the program';
