-- One row per event, index and horizon.
-- claim: b08
-- article: B
-- statement: 1974: ERISA (2 September)
-- stated: 1974
-- unit: year
select
    response.anchor,
    response.instrument as venue,
    'index return ' || response.window_length || ' months after the act' as definition,
    response.value,
    response.low,
    response.high,
    'fraction' as unit,
    null as agrees,
    'whether and when an act became law is decided by its text (88 Stat. 829), not by prices; the index return is context' as note
from event_response('erisa-1974') as response
where response.measure = 'index_return' and response.window_unit = 'month'
    and response.window_length in (12, 60)
