-- One row per series that others of its kind have overtaken, and per spot venue that answers and has nothing new.
-- severity: warn
-- Delisted, renamed, or no longer asked for. Left out: what ends by nature (expired contracts, meetings, coins that left the panel).
with series as (
    select
        coverage.dataset, coverage.series, coverage."interval", coverage.last_at,
        case dataset when 'etf_bar' then '' when 'index_bar' then '' else split_part(series, ' ', 1) end as kind
    from mart.coverage as coverage
    where dataset in ('spot_bar', 'etf_flow', 'etf_bar', 'index_bar')
    union all
    select 'futures_price', concat_ws(' ', vendor, contract, price_kind), '1d', max(cast(day as timestamp) at time zone 'UTC'), vendor || ' ' || price_kind
    from stg.futures_price
    group by vendor, contract, price_kind, expires_at
    having expires_at > (select max(observed_at) from stg.futures_price)
),

newest as (
    select *, max(last_at) over (partition by dataset, "interval", kind) as overtaken_at from series
),

venue as (
    select kind as venue, max(last_at) as last_at, (select max(last_at) from series where dataset = 'spot_bar') as overtaken_at
    from series
    where dataset = 'spot_bar'
    group by kind
)

select concat_ws(' ', dataset, series, "interval") as object, format('last {}, others {}', cast(last_at as date), cast(overtaken_at as date)) as detail
from newest
where last_at < overtaken_at - to_seconds(86400 * threshold('check_stale_days'))
union all
select 'spot_bar ' || venue, format('last {}, others {}, and it has answered since', cast(last_at as date), cast(overtaken_at as date))
from venue
where
    last_at < overtaken_at - to_seconds(86400 * threshold('check_stale_days'))
    and exists (
        select 1 from ops.load
        where
            load.source = 'spot-' || lower(venue.venue) and load.status = 'loaded'
            and load.landed_at > venue.last_at + to_seconds(86400 * threshold('check_stale_days'))
    );
