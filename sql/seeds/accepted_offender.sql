-- One row per check, object and pattern of detail that is known and left as it is.
create table seed.accepted_offender (
    check_name varchar not null check (check_name <> ''),
    object varchar not null check (object <> ''),
    detail_like varchar not null check (detail_like <> ''),
    reason varchar not null check (reason <> ''),
    accepted_on date not null check (accepted_on >= date '2025-01-01'),
    source varchar not null check (source <> '')
);
comment on table seed.accepted_offender is
    'Offenders of data checks that somebody has looked at and left: they neither stop nor warn, '
    'and stay listed with the reason. An installation adds its own in accepted_offender.csv '
    'beside the warehouse, with these columns. Key: check_name, object, detail_like.';
comment on column seed.accepted_offender.check_name is 'File in sql/checks';
comment on column seed.accepted_offender.object is
    'The offender''s object, as it stands in ops.offender';
comment on column seed.accepted_offender.detail_like is
    'Pattern (SQL like) that the offender''s detail must match; % for any: then a worse fault of '
    'the same object is accepted too';
comment on column seed.accepted_offender.reason is 'Why it is left';
comment on column seed.accepted_offender.accepted_on is 'Day of the decision';
comment on column seed.accepted_offender.source is 'What it was judged by';
