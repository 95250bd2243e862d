-- One row per share of plan assets, pace and scale: arithmetic on assumptions, no forecast.
-- after: scenario_scale
create or replace view mart.scenario as
select
    share.value as share,
    years.value as years,
    share.value * stated('a19', 'plans_401k') as amount_usd,
    share.value * stated('a19', 'plans_401k') / years.value as amount_per_year_usd,
    scale.scale,
    scale.scale_usd,
    scale.is_yearly,
    share.value * stated('a19', 'plans_401k') / if(scale.is_yearly, years.value, 1) / scale.scale_usd as multiple
from seed.scenario as share
inner join seed.scenario as years on years.parameter = 'years'
cross join mart.scenario_scale as scale
where share.parameter = 'share';
comment on view mart.scenario is
    'What a share of 401(k) assets would be beside the market and its flows; what it would do to '
    'a price is not said. Key: share, years, scale.';
comment on column mart.scenario.share is
    'Share of the assets of 401(k) plans that goes into bitcoin and ether; an assumption of '
    'seed.scenario';
comment on column mart.scenario.years is
    'Years over which it does, evenly; an assumption of seed.scenario';
comment on column mart.scenario.amount_usd is
    'The share of the assets that article A states, US dollars';
comment on column mart.scenario.amount_per_year_usd is 'Per year, US dollars';
comment on column mart.scenario.scale is
    'What it is held against, as of the publication of the order';
comment on column mart.scenario.scale_usd is
    'Size of that, US dollars; null where the data here do not cover it';
comment on column mart.scenario.is_yearly is 'Whether the scale is a size per year';
comment on column mart.scenario.multiple is
    'The whole amount over the scale, or the yearly amount over a yearly scale';
