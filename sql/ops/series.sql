-- One row per series that should exist.
create table ops.series (
    dataset varchar not null,
    venue varchar not null,
    symbol varchar not null,
    "interval" varchar not null,
    part varchar not null,
    wanted_from timestamptz not null,
    wanted_to timestamptz not null,
    expected bigint not null,
    present bigint not null,
    missing bigint not null,
    first_at timestamptz,
    last_at timestamptz,
    settled_to timestamptz,
    is_running boolean not null,
    checked_at timestamptz not null
);
comment on table ops.series is
    'The coverage ledger: what should exist, and how much of it does. Settings say what is '
    'wanted; what else is held is wanted from its first to its last stamp. Key: dataset, venue, '
    'symbol, interval.';
comment on column ops.series.dataset is 'Raw table';
comment on column ops.series.venue is 'Venue, vendor or publisher';
comment on column ops.series.symbol is
    'Market, asset and fund, contract (and last_trade), index, fund, coin, or meeting';
comment on column ops.series."interval" is 'Distance of the stamps: 1h, 1d, 1mo';
comment on column ops.series.part is 'Its row in seed.dataset: calendar and promise';
comment on column ops.series.wanted_from is 'First stamp wanted, UTC (bar open, session, day)';
comment on column ops.series.wanted_to is 'Last stamp wanted, UTC';
comment on column ops.series.expected is
    'Stamps from the one to the other, by the clock or its calendar';
comment on column ops.series.present is 'Those that are there';
comment on column ops.series.missing is 'expected - present: the sum of its holes in ops.hole';
comment on column ops.series.first_at is 'First stamp held, UTC; null where there is none';
comment on column ops.series.last_at is 'Last stamp held, UTC';
comment on column ops.series.settled_to is 'Newest stamp that is there or confirmed absent, UTC';
comment on column ops.series.is_running is
    'Whether new stamps are wanted as they come: not of an expired contract, nor of recorded '
    'figures';
comment on column ops.series.checked_at is 'Present of the run that wrote this, UTC';
