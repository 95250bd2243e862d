-- One row per event, index and horizon.
-- claim: b03
-- article: B
-- statement: 1950: New York lets pensions hold 35 % equities (prudent man)
-- stated: 0.35
-- unit: fraction
select
    response.anchor,
    response.instrument as venue,
    'index return ' || response.window_length || ' months after the year of the law' as definition,
    response.value,
    response.low,
    response.high,
    'fraction' as unit,
    null as agrees,
    'what the law allowed is decided by its text, the Laws of New York of 1950, not by prices; the index return is context' as note
from event_response('ny-prudent-1950') as response
where response.measure = 'index_return' and response.window_unit = 'month'
    and response.window_length in (12, 60)
