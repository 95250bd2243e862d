-- ops.asked is called ops.request; two data checks are made from the contracts and stand in no
-- file.
-- A file of the first form has no such table yet.
create table if not exists ops.asked (
    receipt_id varchar not null,
    dataset varchar not null,
    venue varchar not null,
    symbol varchar not null,
    "interval" varchar not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    requested_at timestamptz not null,
    status varchar not null check (status in ('loaded', 'refused', 'fetch_failed')),
    error varchar
);
alter table ops.asked rename to request;
comment on table ops.request is
    'Which stamps of which series were requested, and whether there was an answer: a stamp that an '
    'answer lacks is absent, one that nobody requested is not. Key: receipt_id, dataset, venue, '
    'symbol, interval.';
comment on column ops.request.first_at is 'First stamp requested, UTC (bar open, session, day)';
comment on column ops.request.last_at is 'Last stamp requested, UTC';
comment on column ops.offender.check_name is
    'File in sql/checks; current_version_unique and version_order: of every raw table; '
    'stale_acceptance: an acceptance that matches nothing any more';
comment on table ops.offender is
    'What the data checks found at the end of the newest run; an error there that nobody accepted '
    'stopped the publishing. Key: check_name, object, detail.';
