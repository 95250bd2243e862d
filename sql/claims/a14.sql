-- One row per instant at which the article may have looked.
-- claim: a14
-- article: A
-- statement: ETH ETFs took over 6.7 billion USD net this year
-- stated: 6700000000
-- unit: usd
with looked as (
    select 'known at the start of the day of publication' as definition, earliest_at as looked_at
    from seed.anchor
    where event = 'eo-401k' and anchor = 'publication'
    union all
    select 'known at its end', latest_at
    from seed.anchor
    where event = 'eo-401k' and anchor = 'publication'
)

select
    'publication' as anchor,
    'US spot ETFs' as venue,
    looked.definition,
    arg_max(daily.year_to_date_usd, daily.session) as value,
    null as low,
    null as high,
    'usd' as unit,
    value > stated('a14') as agrees,
    'sessions up to ' || max(daily.session) || ', from ' || min(daily.session) as note
from looked
inner join mart.etf_flow_daily as daily
    on daily.asset = 'ETH' and daily.available_at <= looked.looked_at
    and year(daily.session) = year(looked.looked_at at time zone 'UTC')
group by looked.definition
