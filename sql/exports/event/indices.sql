-- One row per index, interval and session, of the indices that the event was studied on.
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
select
    bar.symbol, bar.bar_interval, bar.session, bar.close, bar.dividend, bar.consumer_price_index,
    bar.available_at
from stg.index_bar as bar
semi join mart.event_response as response
    on response.event = $event and response.venue = 'index' and response.instrument = bar.symbol
order by bar.symbol, bar.bar_interval, bar.session;
