-- One row per bar of the asked length that stored bars cover completely.
-- Bars are counted from Monday 2000-01-03 00:00 UTC, so that days begin at midnight and weeks on
-- Monday. Of the stored lengths that divide the
-- asked one the finest that is complete makes the bar: a market held hourly for years and by the
-- minute for a week loses neither.
-- It reads raw and not stg: the binder confuses a macro's parameters with columns of a view that
-- itself calls a macro (DuckDB 2.0).
create or replace macro bars(venue, symbol, bar_interval) as table
    with asked as (
        select
            cast(bar_interval as interval) as length,
            epoch(length) as seconds,
            if(seconds > 0, true, error('bars: the interval must be longer than nothing, e.g. 4h'))
                as is_sane
    ),

    stored as (
        select
            bar.*,
            asked.length,
            epoch(cast(bar.bar_interval as interval)) as stored_seconds,
            time_bucket(asked.length, bar.opened_at at time zone 'UTC') as bucket
        from raw.spot_bar as bar
        cross join asked
        where bar.venue = venue and bar.symbol = symbol and bar.superseded_at is null
            and asked.is_sane and asked.seconds % stored_seconds = 0
    ),

    made as (
        select
            stored.venue,
            stored.symbol,
            stored.bucket at time zone 'UTC' as opened_at,
            (stored.bucket + stored.length) at time zone 'UTC' as closed_at,
            arg_min(stored.open, stored.opened_at) as open,
            max(stored.high) as high,
            min(stored.low) as low,
            arg_max(stored.close, stored.opened_at) as close,
            sum(stored.volume_base) as volume_base,
            sum(stored.volume_base * stored.close) as volume_quote,
            stored.bar_interval as made_of,
            cast(count(*) as integer) as bars
        from stored
        group by
            stored.venue, stored.symbol, stored.bucket, stored.length, stored.bar_interval,
            stored.stored_seconds
        having count(*) * stored.stored_seconds
            = epoch((stored.bucket + stored.length) - stored.bucket)
    )

    select made.*
    from made
    qualify row_number() over (partition by made.opened_at order by made.bars desc) = 1
    order by made.opened_at;
comment on macro table bars is
    'Spot bars of any length, made of the finest stored ones: first open, highest high, lowest '
    'low, last close, summed volume. A bar of which anything is missing has no row. Example: from '
    'bars(''Coinbase'', ''BTC/USD'', ''4h'')';
