-- One row per measure, window and fifth of calm or storm: how often its test erred.
create table seed.measured_size (
    measure varchar not null,
    window_unit varchar not null check (window_unit in ('hour', 'session')),
    window_length integer not null check (window_length > 0),
    condition_fifth integer not null check (condition_fifth between 1 and 5),
    size double not null check (size between 0 and 1),
    standard_error double not null check (standard_error between 0 and 1),
    dates integer not null check (dates > 0),
    series varchar not null check (series <> '')
);
comment on table seed.measured_size is
    'How often a test called an ordinary date unusual at a nominal 5 %, by the fifth of calm or '
    'storm before it, on recorded prices (python -m tests.benchmarks.size_and_power --write). Key: '
    'measure, window_unit, window_length, condition_fifth.';
comment on column seed.measured_size.measure is 'As in mart.event_inference';
comment on column seed.measured_size.window_unit is 'As in mart.event_inference';
comment on column seed.measured_size.window_length is 'As in mart.event_inference';
comment on column seed.measured_size.condition_fifth is '1 calm to 5 storm';
comment on column seed.measured_size.size is 'Share of the dates called unusual';
comment on column seed.measured_size.standard_error is
    'Of the size, by drawing fortnights anew: dates of one fortnight are not independent';
comment on column seed.measured_size.dates is 'Dates that were judged';
comment on column seed.measured_size.series is 'Venue and markets they are of';
