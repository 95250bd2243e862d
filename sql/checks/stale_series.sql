-- One row per series that others of its kind have overtaken, and per spot venue and bar length that answers and has nothing new.
-- severity: warn
-- Delisted, renamed, or no longer asked for. Left out: what ends by nature (expired contracts,
-- meetings, coins that left the panel, daily bars
-- of markets that the venue's own list says have ended), and last trades of futures: a far month can
-- go without one for weeks.
with series as (
    select
        coverage.dataset, coverage.series, coverage."interval", coverage.last_at,
        case dataset when 'etf_bar' then '' when 'index_bar' then '' else split_part(series, ' ', 1) end as kind
    from mart.coverage as coverage
    where dataset in ('spot_bar', 'etf_flow', 'etf_bar', 'index_bar')
    union all
    select
        'futures_price', concat_ws(' ', vendor, contract, price_kind), '1d',
        max(cast(day as timestamp) at time zone 'UTC'), vendor || ' ' || price_kind
    from stg.futures_price
    where price_kind <> 'last_trade'
    group by vendor, contract, price_kind, expires_at
    having expires_at > (select max(observed_at) from stg.futures_price)
),

newest as (
    select *, max(last_at) over (partition by dataset, "interval", kind) as overtaken_at from series
),

ended as (
    select 'spot_bar' as dataset, venue || ' ' || symbol as series, '1d' as "interval"
    from stg.spot_listing
    group by venue, symbol
    having coalesce(max(seen_on) filter (is_trading) < (select max(seen_on) from stg.spot_listing as newest where newest.venue = spot_listing.venue), true)
),

venue as (
    select
        kind as venue, "interval", max(last_at) as last_at,
        (select max(last_at) from series where dataset = 'spot_bar') as overtaken_at
    from series
    where dataset = 'spot_bar'
    group by kind, "interval"
)

select
    concat_ws(' ', dataset, series, "interval") as object,
    format('last {}, others {}', cast(last_at at time zone 'UTC' as date), cast(overtaken_at at time zone 'UTC' as date)) as detail
from newest
anti join ended using (dataset, series, "interval")
where last_at < overtaken_at - to_seconds(86400 * threshold('check_stale_days'))
union all
select
    concat_ws(' ', 'spot_bar', venue, "interval"),
    format('last {}, others {}, and it has answered since', cast(last_at at time zone 'UTC' as date), cast(overtaken_at at time zone 'UTC' as date))
from venue
where
    last_at < overtaken_at - to_seconds(86400 * threshold('check_stale_days'))
    -- An answer about other bars, or a list of markets, tells nothing of these.
    and exists (
        select 1 from ops.request
        where
            request.dataset = 'spot_bar' and request.venue = venue.venue
            and request."interval" = venue."interval" and request.status = 'loaded'
            and request.last_at > venue.last_at + to_seconds(86400 * threshold('check_stale_days'))
    );
