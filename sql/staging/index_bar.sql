-- One row per index, interval and session (or first day of the month): the current version.
create or replace view stg.index_bar as
select
    symbol,
    bar_interval,
    session,
    close,
    dividend,
    consumer_price_index,
    long_rate,
    (cast(session as timestamp) + if(bar_interval = '1mo', available_after('index_bar_monthly'), available_after('index_bar')))
    at time zone 'UTC' as available_at,
    recorded_at
from raw.index_bar
where superseded_at is null;
comment on view stg.index_bar is
    'Index closes as they stand now; public when New York has closed, a monthly mean when its '
    'month is over.';
