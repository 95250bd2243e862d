-- One row per event, anchor, instant of the anchor, venue, instrument, measure and window.
create or replace table mart.event_response (
    event varchar not null,
    anchor varchar not null,
    anchor_at timestamptz not null,
    is_nominal boolean not null,
    venue varchar not null,
    instrument varchar not null,
    measure varchar not null,
    window_length integer not null check (window_length > 0),
    window_unit varchar not null check (window_unit in ('hour', 'session', 'month')),
    value double check (isfinite(value)),
    unit varchar not null check (unit in ('fraction', 'usd')),
    baseline_mean double,
    baseline_sd double check (baseline_sd >= 0),
    baseline_count integer not null check (baseline_count >= 0),
    rank_share double check (rank_share between 0 and 1),
    observations integer not null check (observations >= 0),
    missing integer not null check (missing >= 0),
    is_complete boolean not null,
    design_hash varchar not null,
    check (is_complete = (value is not null))
);
comment on table mart.event_response is
    'What each market did in the windows after each anchor, beside what is usual there. Key: '
    'event, anchor, anchor_at, venue, instrument, measure, window_length.';
comment on column mart.event_response.event is 'As in seed.event';
comment on column mart.event_response.anchor is 'As in seed.anchor';
comment on column mart.event_response.anchor_at is 'Instant the windows hang on, UTC';
comment on column mart.event_response.is_nominal is
    'True for the anchor''s nominal instant; false for every other close at which a window may '
    'start (as in anchor_hours; the first of a month, if the anchor is known to the year)';
comment on column mart.event_response.venue is
    'Exchange (for basis: of the spot price), US spot ETFs, or index';
comment on column mart.event_response.instrument is
    'Asset, ETH/BTC (ratio), ETH-BTC (difference), futures root (front month), root and tenor (MET '
    '30d), or index';
comment on column mart.event_response.measure is
    'return, log_return, abnormal_log_return, relative_log_return, volume_ratio, '
    'realised_volatility_before, realised_volatility_after, net_flow_usd, annualised_basis, '
    'annualised_basis_change, index_return';
comment on column mart.event_response.window_length is 'Length of the window, in window_unit';
comment on column mart.event_response.window_unit is
    'hour, session (exchange sessions for flows, observation days for basis), month';
comment on column mart.event_response.value is 'The measure; null unless the whole window is there';
comment on column mart.event_response.unit is
    'fraction (rates are annualised where the measure says so; a volume_ratio of 1 is as usual), '
    'usd';
comment on column mart.event_response.baseline_mean is
    'Mean of the same measure at every admissible instant of the estimation window (index_return: '
    'at every first of a month the series holds)';
comment on column mart.event_response.baseline_sd is 'Their standard deviation (n - 1)';
comment on column mart.event_response.baseline_count is
    'How many they are, 0 for an index of which too little is held; they overlap, so they are '
    'fewer independent draws';
comment on column mart.event_response.rank_share is
    'Share of them that are >= value: 0.01 is high, 0.99 is low';
comment on column mart.event_response.observations is
    'Bars, sessions, observation days or months present in the window';
comment on column mart.event_response.missing is 'Those that are not';
comment on column mart.event_response.is_complete is
    'False when something needed is missing; the value is then null, never of a shortened window';
comment on column mart.event_response.design_hash is 'As in mart.study_design';
