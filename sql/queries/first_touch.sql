-- In which hour from the day of the order on did bitcoin and ether first trade at each round level?
-- One row per level and venue.
select
    level.asset,
    level.level_usd,
    hourly.venue,
    min(hourly.opened_at) filter (where hourly.high >= level.level_usd) as first_touched_at,
    arg_min(hourly.open, hourly.opened_at) as price_at_start,
    max(hourly.closed_at) as searched_until
from (values ('BTC', 120000), ('BTC', 122000), ('ETH', 4000), ('ETH', 4300), ('ETH', 4500)) as level(asset, level_usd)
inner join mart.spot_hourly as hourly
    on level.asset = hourly.asset and hourly.quote in ('USD', 'USDT')
where hourly.opened_at >= (
    select min(nominal_at) from seed.anchor where event = 'eo-401k' and anchor = 'day'
)
group by level.asset, level.level_usd, hourly.venue
-- A venue whose bars begin later may have missed the first time.
having
    min(hourly.opened_at) < (
        select min(nominal_at) + interval 24 hours from seed.anchor
        where event = 'eo-401k' and anchor = 'day'
    )
order by level.asset, level.level_usd, hourly.venue;
