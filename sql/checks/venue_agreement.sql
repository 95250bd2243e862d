-- One row per market, bar length and open at which the venues' closes differ too much.
-- severity: warn
-- by day of bars: stamped_at
-- A wrong stamp or a bad print on one venue, or USDT off its peg: look at the bars around before
-- using this one.
with bar as not materialized (
    select
        spot.venue,
        spot.bar_interval,
        spot.opened_at,
        spot.close,
        -- A venue's own dollar is taken at par; what is quoted otherwise, ETH/BTC for one, is
        -- compared with its like.
        if(spot.quote = venue.quote, spot.asset, spot.symbol) as market
    from stg.spot_bar as spot
    inner join seed.venue as venue on spot.venue = venue.venue
    where
        spot.opened_at >= renewed_from()
        and spot.opened_at < renewed_until()
)

-- Told of those alone that are apart: texts of all would not fit into memory.
select
    market || if(bar_interval = '1h', ' ', ' ' || bar_interval || ' ') || utc_text(opened_at) as object,
    format('{:.0f} bps between {} venues: ', (max(close) / min(close) - 1) * 1e4, count(*))
        || string_agg(venue || ' ' || close, ', ' order by close, venue) as detail,
    opened_at as stamped_at
from bar
semi join (
    select market, bar_interval, opened_at
    from bar
    group by market, bar_interval, opened_at
    having max(close) / min(close) - 1 > threshold('check_venue_spread') / 1e4
) using (market, bar_interval, opened_at)
group by market, bar_interval, opened_at;
