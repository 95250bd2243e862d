-- One row per candidate anchor of the event and hour around it that has a bar.
-- Hour 0 is the bar that ended at the anchor, or the last one before it: its close is the price
-- from which the returns count.
-- after: anchor_hours
create or replace macro event_window(event_name, venue, symbol, hours_before, hours_after) as table
    with placed as (
        select anchor, nominal_at, hour_at as hour_zero
        from anchor_hours(event_name)
        where is_candidate and is_nominal
    )

    select
        placed.anchor,
        placed.nominal_at,
        cast((epoch(bar.closed_at) - epoch(placed.hour_zero)) / 3600 as integer) as hour,
        bar.closed_at,
        bar.close,
        ln(bar.close / start.close) as log_return_since,
        bar.log_return,
        bar.high,
        bar.low,
        bar.volume_quote
    from placed
    inner join mart.spot_hourly as bar
        on bar.closed_at
            between placed.hour_zero - to_hours(hours_before)
            and placed.hour_zero + to_hours(hours_after)
    left join mart.spot_hourly as start
        on bar.venue = start.venue and bar.symbol = start.symbol
        and start.closed_at = placed.hour_zero
    where bar.venue = venue and bar.symbol = symbol
    order by placed.nominal_at, placed.anchor, hour;
comment on macro table event_window is
    'Hourly bars around each instant that "after the event" can mean; log_return_since counts '
    'from the close of hour 0 and is null where that bar is missing. Example: from '
    'event_window(''eo-401k'', ''Coinbase'', ''ETH/USD'', 2, 24)';
