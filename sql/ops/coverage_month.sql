-- One row per series and month that has a current row.
create table ops.coverage_month (
    dataset varchar not null,
    venue varchar not null,
    symbol varchar not null,
    "interval" varchar not null,
    part varchar not null,
    "month" date not null,
    current_rows bigint not null,
    present bigint not null,
    outside_calendar bigint not null,
    first_at timestamptz not null,
    last_at timestamptz not null
);
comment on table ops.coverage_month is
    'How many rows each series has in each month: counted again only for months that versions '
    'recorded since the last count touch. Key: dataset, venue, symbol, interval, month.';
comment on column ops.coverage_month.dataset is 'Raw table';
comment on column ops.coverage_month.venue is 'Venue, vendor or publisher';
comment on column ops.coverage_month.symbol is
    'Market, asset and fund, contract (and last_trade), index, fund, coin, or meeting';
comment on column ops.coverage_month."interval" is 'Distance of the rows: 1h, 1d, 1mo';
comment on column ops.coverage_month.part is 'Its row in seed.dataset, which names the calendar';
comment on column ops.coverage_month."month" is 'Its first day';
comment on column ops.coverage_month.current_rows is
    'Current versions; several for a stamp of probabilities, one per target range';
comment on column ops.coverage_month.present is
    'Stamps that its calendar expects and that are there';
comment on column ops.coverage_month.outside_calendar is 'Stamps that its calendar does not know';
comment on column ops.coverage_month.first_at is 'First stamp held, UTC';
comment on column ops.coverage_month.last_at is 'Last stamp held, UTC';
