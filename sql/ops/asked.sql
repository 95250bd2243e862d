-- One row per request to a live source and series that it asked for.
create table ops.asked (
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
comment on table ops.asked is
    'Which stamps of which series were asked for, and whether there was an answer: a stamp that an answer lacks is absent, one that nobody asked for is not. Key: receipt_id, dataset, venue, symbol, interval.';
comment on column ops.asked.receipt_id is 'As in ops.load';
comment on column ops.asked.dataset is 'Raw table';
comment on column ops.asked.venue is 'Venue, vendor or publisher';
comment on column ops.asked.symbol is 'Market, asset and fund, contract, index, fund or coin';
comment on column ops.asked."interval" is 'Distance of the stamps: 1h, 1d';
comment on column ops.asked.first_at is 'First stamp asked for, UTC (bar open, session, day)';
comment on column ops.asked.last_at is 'Last stamp asked for, UTC';
comment on column ops.asked.requested_at is 'Before the request was sent, UTC: what was not public by then is not denied by the answer';
comment on column ops.asked.status is 'As in ops.load';
comment on column ops.asked.error is 'What the error said, where refused or failed; the first rejected row of an answer that had some';
