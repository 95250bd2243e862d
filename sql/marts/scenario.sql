-- One row per share of plan assets, pace and scale: arithmetic on assumptions, no forecast.
-- after: etf_flow_daily
create or replace view mart.scenario as
with publication as (
    select nominal_at, cast(nominal_at at time zone 'UTC' as date) as day
    from seed.anchor
    where event = 'eo-401k' and anchor = 'publication'
),

scale as (
    select
        'market value of bitcoin and ether' as scale,
        sum(snapshot.market_cap_usd order by snapshot.coin) as scale_usd,
        count(*) = 2 as is_known,
        false as is_yearly
    from stg.coin_snapshot as snapshot
    inner join publication on snapshot.snapshot_at = publication.nominal_at
    where snapshot.class in ('bitcoin', 'ether')
    union all
    select
        'a year of net flow into the US spot funds',
        sum(daily.net_flow_usd order by daily.session, daily.asset),
        -- Trading pauses for three or four days at most: a first or last session further off means a shorter record.
        min(daily.session) <= min(publication.day) - interval 1 year + interval 5 days
        and max(daily.session) >= min(publication.day) - interval 5 days,
        true
    from mart.etf_flow_daily as daily
    inner join publication on daily.session >= publication.day - interval 1 year and daily.session < publication.day
    union all
    select 'a year of newly mined bitcoin', max(snapshot.price_usd) * max(mined.value), count(*) = 1, true
    from stg.coin_snapshot as snapshot
    inner join publication on snapshot.snapshot_at = publication.nominal_at
    cross join seed.scenario as mined
    where snapshot.class = 'bitcoin' and mined.parameter = 'bitcoin_per_year'
)

select
    share.value as share,
    years.value as years,
    share.value * stated('a19', 'plans_401k') as amount_usd,
    share.value * stated('a19', 'plans_401k') / years.value as amount_per_year_usd,
    scale.scale,
    case when scale.is_known then scale.scale_usd end as scale_usd,
    case when scale.is_known then share.value * stated('a19', 'plans_401k') / if(scale.is_yearly, years.value, 1) / scale.scale_usd end as multiple
from seed.scenario as share
inner join seed.scenario as years on years.parameter = 'years'
cross join scale
where share.parameter = 'share';
comment on view mart.scenario is
    'What a share of 401(k) assets would be beside the market and its flows; what it would do to a price is not said. Key: share, years, scale.';
comment on column mart.scenario.share is 'Share of the assets of 401(k) plans that goes into bitcoin and ether; an assumption of seed.scenario';
comment on column mart.scenario.years is 'Years over which it does, evenly; an assumption of seed.scenario';
comment on column mart.scenario.amount_usd is 'The share of the assets that article A states, US dollars';
comment on column mart.scenario.amount_per_year_usd is 'Per year, US dollars';
comment on column mart.scenario.scale is 'What it is held against, as of the publication of the order';
comment on column mart.scenario.scale_usd is 'Size of that, US dollars; null where the data here do not cover it';
comment on column mart.scenario.multiple is 'The whole amount over the market value, or the yearly amount over the yearly scale';
