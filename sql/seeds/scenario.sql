-- One row per parameter of the scenario and value that it takes.
create table seed.scenario (
    parameter varchar not null check (parameter in ('share', 'years', 'bitcoin_per_year')),
    value double not null check (value > 0),
    unit varchar not null check (unit in ('fraction', 'year', 'coin')),
    source varchar not null check (source <> '')
);
comment on table seed.scenario is
    'Assumptions of mart.scenario: every combination of share and years is computed. Key: '
    'parameter, value.';
comment on column seed.scenario.parameter is
    'share (of the assets of 401(k) plans that goes into bitcoin and ether), years (over which it '
    'does), bitcoin_per_year (newly mined)';
comment on column seed.scenario.value is 'In unit';
comment on column seed.scenario.unit is 'fraction, year, coin';
comment on column seed.scenario.source is 'Who assumes it, or where it is laid down';
