-- One row per event, index and horizon.
-- claim: b02
-- article: B
-- statement: 1935: the Social Security Act
-- stated: 1935
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
    'whether and when an act became law is decided by its text (49 Stat. 620), not by prices; the index return is context' as note
from event_response('ssa-1935') as response
where response.measure = 'index_return' and response.window_unit = 'month'
    and response.window_length in (12, 60)
