-- One row per series that follows the clock, month with at least one bar, and gap in it.
create table ops.coverage_gap (
    dataset varchar not null,
    venue varchar not null,
    symbol varchar not null,
    "interval" varchar not null,
    "month" date not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    check (first_at <= last_at)
);
comment on table ops.coverage_gap is
    'Stamps of a whole month without a row, wanted or not, so that the ledger need not read the '
    'bars again; kept with ops.coverage_month. Key: dataset, venue, symbol, interval, first_at.';
comment on column ops.coverage_gap.dataset is 'Raw table';
comment on column ops.coverage_gap.venue is 'Venue, vendor or publisher';
comment on column ops.coverage_gap.symbol is 'Market or coin';
comment on column ops.coverage_gap."interval" is 'Distance of the stamps: 1h, 1d';
comment on column ops.coverage_gap."month" is 'Its first day';
comment on column ops.coverage_gap.first_at is 'First missing stamp, UTC';
comment on column ops.coverage_gap.last_at is 'Last missing stamp, UTC, in the same month';
