-- Which hours are missing from the spot bars, and how long were the holes?
-- One row per venue, symbol and run of hours without a bar.
select
    venue,
    symbol,
    lag(closed_at) over hours as missing_from,
    opened_at as missing_until,
    cast((epoch(missing_until) - epoch(missing_from)) / 3600 as integer) as missing_hours
from mart.spot_hourly
window hours as (partition by venue, symbol order by opened_at)
qualify lag(closed_at) over hours < opened_at
order by missing_hours desc, venue, symbol, missing_from;
