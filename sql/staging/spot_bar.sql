-- One row per venue, symbol, interval and bar open: the current version.
create or replace view stg.spot_bar as
select
    venue,
    symbol,
    split_part(symbol, '/', 1) as asset,
    split_part(symbol, '/', 2) as quote,
    bar_interval,
    opened_at,
    opened_at + to_seconds(epoch(cast(bar_interval as interval))) as closed_at,
    open,
    high,
    low,
    close,
    volume_base,
    volume_base * close as volume_quote,
    opened_at + to_seconds(epoch(cast(bar_interval as interval)))
        + available_after('spot_bar') as available_at,
    recorded_at
from raw.spot_bar
where superseded_at is null;
comment on view stg.spot_bar is
    'Spot bars as they stand now; volume_quote values the whole bar at its close; public once the '
    'bar is finished.';
