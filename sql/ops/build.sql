-- One row per rebuild of the marts.
create table ops.build (
    built_at timestamptz not null,
    fingerprint varchar not null check (fingerprint <> ''),
    events varchar[]
);
comment on table ops.build is
    'When the marts were rebuilt, and from what: a run that finds the same fingerprint rebuilds '
    'nothing. Key: built_at.';
comment on column ops.build.built_at is 'UTC';
comment on column ops.build.fingerprint is
    'SHA-256 over the state of the raw tables, the SQL tree and the program; behind a blank that of '
    'the installation''s own events and claims. in part: a part broke, so that the next run rebuilds';
comment on column ops.build.events is
    'The events that were rebuilt, where own events or claims alone had changed; null for all';
