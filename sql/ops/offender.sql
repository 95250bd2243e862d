-- One row per offender of the newest data checks.
create table ops.offender (
    checked_at timestamptz not null,
    check_name varchar not null check (check_name <> ''),
    severity varchar not null check (severity in ('error', 'warn')),
    object varchar not null,
    detail varchar not null,
    accepted_reason varchar,
    stamped_at timestamptz
);
comment on table ops.offender is
    'What the data checks found at the end of the newest run; an error there that nobody accepted '
    'stopped the publishing. Key: check_name, object, detail.';
comment on column ops.offender.checked_at is 'UTC';
comment on column ops.offender.check_name is
    'File in sql/checks; current_version_unique and version_order: of every raw table; '
    'stale_acceptance: an acceptance that matches nothing any more';
comment on column ops.offender.severity is 'error or warn';
comment on column ops.offender.object is 'What is wrong';
comment on column ops.offender.detail is 'How it is wrong';
comment on column ops.offender.accepted_reason is
    'Why it is left as it is, where somebody accepted it (ops.acceptance); null: it counts';
comment on column ops.offender.stamped_at is
    'Opening of the bars that it is about, UTC; null where it is about others, or about many';
