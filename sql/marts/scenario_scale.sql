-- One row per thing that plan money can be held against, with its size when the order was
-- published.
-- after: etf_flow_daily
create or replace view mart.scenario_scale as
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
        'a year of net flow into US spot funds',
        sum(daily.net_flow_usd order by daily.session, daily.asset),
        -- Trading pauses for three or four days at most: a first or last session further off means
        -- a shorter record.
        min(daily.session) <= min(publication.day) - interval 1 year + interval 5 days
        and max(daily.session) >= min(publication.day) - interval 5 days,
        true
    from mart.etf_flow_daily as daily
    inner join publication
        on daily.session >= publication.day - interval 1 year and daily.session < publication.day
    union all
    select
        'a year of newly mined bitcoin', max(snapshot.price_usd) * max(mined.value), count(*) = 1,
        true
    from stg.coin_snapshot as snapshot
    inner join publication on snapshot.snapshot_at = publication.nominal_at
    cross join seed.scenario as mined
    where snapshot.class = 'bitcoin' and mined.parameter = 'bitcoin_per_year'
)

select scale, case when is_known then scale_usd end as scale_usd, is_yearly
from scale;
comment on view mart.scenario_scale is
    'What plan money is held against in scenarios, as of the publication of the order. Key: scale.';
comment on column mart.scenario_scale.scale is 'What it is held against';
comment on column mart.scenario_scale.scale_usd is
    'Its size, US dollars; null where the data here do not cover it';
comment on column mart.scenario_scale.is_yearly is
    'Whether it is a size per year: the amount per year is held against it, else the whole amount';
