-- One row per acceptance of an offender, of the package or of the installation.
create table ops.acceptance (
    origin varchar not null check (origin in ('package', 'installation')),
    check_name varchar not null,
    object varchar not null,
    detail_like varchar not null,
    reason varchar not null,
    accepted_on date not null,
    source varchar not null,
    offenders bigint not null check (offenders >= 0),
    last_matched_at timestamptz
);
comment on table ops.acceptance is
    'Accepted offenders (seed.accepted_offender, and accepted_offender.csv beside the warehouse) '
    'and what they matched in the newest data checks. Key: origin, check_name, object, '
    'detail_like.';
comment on column ops.acceptance.origin is
    'package: seed.accepted_offender; installation: the file beside the warehouse, whose reason '
    'is the one shown where both accept';
comment on column ops.acceptance.check_name is 'File in sql/checks';
comment on column ops.acceptance.object is 'Object of the offender';
comment on column ops.acceptance.detail_like is 'Pattern (SQL like) for its detail';
comment on column ops.acceptance.reason is 'Why it is left';
comment on column ops.acceptance.accepted_on is 'Day of the decision';
comment on column ops.acceptance.source is 'What it was judged by';
comment on column ops.acceptance.offenders is 'Offenders of the newest data checks that it matched';
comment on column ops.acceptance.last_matched_at is
    'When it last matched one, UTC; null: never here';
