-- One row per request to a live source and series that it was for.
create table ops.request (
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
comment on table ops.request is
    'Which stamps of which series were requested, and whether there was an answer: a stamp that '
    'an answer lacks is absent, one that nobody requested is not. Key: receipt_id, dataset, '
    'venue, symbol, interval.';
comment on column ops.request.receipt_id is 'As in ops.load';
comment on column ops.request.dataset is 'Raw table';
comment on column ops.request.venue is 'Venue, vendor or publisher';
comment on column ops.request.symbol is 'Market, asset and fund, contract, index, fund or coin';
comment on column ops.request."interval" is 'Distance of the stamps: 1h, 1d';
comment on column ops.request.first_at is 'First stamp requested, UTC (bar open, session, day)';
comment on column ops.request.last_at is 'Last stamp requested, UTC';
comment on column ops.request.requested_at is
    'Before the request was sent, UTC: what was not public by then is not denied by the answer';
comment on column ops.request.status is 'As in ops.load';
comment on column ops.request.error is
    'What the error said, where refused or failed; the first rejected row of an answer that had '
    'some';
