-- One row per bar of the asked length that stored bars cover completely.
-- Bars are counted from Monday 2000-01-03 00:00 UTC, so that days begin at midnight and weeks on Monday. Of the stored lengths that divide the
-- asked one the finest that is complete makes the bar: a market held hourly for years and by the minute for a week loses neither.
create or replace macro bars(venue, symbol, bar_interval) as table
    with asked as (
        select
            cast(bar_interval as interval) as length,
            if(epoch(length) <= 0, error('bars: an interval must be longer than nothing, e.g. 4h'), true) as is_sane
    ),

    stored as (
        select
            bar.*,
            asked.length,
            epoch(bar.closed_at - bar.opened_at) as seconds,
            time_bucket(asked.length, bar.opened_at at time zone 'UTC') as opened_local
        from stg.spot_bar as bar
        cross join asked
        where bar.venue = venue and bar.symbol = symbol and asked.is_sane and epoch(asked.length) % seconds = 0
    ),

    made as (
        select
            opened_local at time zone 'UTC' as opened_at,
            (opened_local + length) at time zone 'UTC' as closed_at,
            arg_min(stored.open, stored.opened_at) as open,
            max(stored.high) as high,
            min(stored.low) as low,
            arg_max(stored.close, stored.opened_at) as close,
            sum(stored.volume_base) as volume_base,
            sum(stored.volume_quote) as volume_quote,
            stored.bar_interval as made_of,
            cast(count(*) as integer) as bars,
            max(stored.available_at) as available_at
        from stored
        group by stored.opened_local, stored.length, stored.bar_interval, stored.seconds
        having count(*) * stored.seconds = epoch((stored.opened_local + stored.length) - stored.opened_local)
    )

    select venue as venue, symbol as symbol, made.*
    from made
    qualify row_number() over (partition by made.opened_at order by made.bars desc) = 1
    order by made.opened_at;
comment on macro table bars is 'Spot bars of any length, made of the finest stored ones: first open, highest high, lowest low, last close, summed volume. A bar of which anything is missing has no row. Example: from bars(''Coinbase'', ''BTC/USD'', ''4h'')';
