-- One row per offender of the newest data checks.
create table ops.offender (
    checked_at timestamptz not null,
    check_name varchar not null check (check_name <> ''),
    severity varchar not null check (severity in ('error', 'warn')),
    object varchar not null,
    detail varchar not null
);
comment on table ops.offender is 'What the data checks of sql/checks found at the end of the newest run; an error there stopped the publishing. Key: check_name, object, detail.';
comment on column ops.offender.checked_at is 'UTC';
comment on column ops.offender.check_name is 'File in sql/checks';
comment on column ops.offender.severity is 'error or warn';
comment on column ops.offender.object is 'What is wrong';
comment on column ops.offender.detail is 'How it is wrong';
