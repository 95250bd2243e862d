-- One row per event, index and horizon.
-- claim: b04
-- article: B
-- statement: 1957 North Carolina: corporate bonds; 1961: 10 % equities; 1964: 15 %
-- stated: 1957; 1961: 10 %; 1964: 15 %
-- unit: words
select
    response.anchor,
    response.instrument as venue,
    'index return ' || response.window_length || ' months after ' || response.event as definition,
    response.value,
    response.low,
    response.high,
    'fraction' as unit,
    null as agrees,
    'what the laws allowed is decided by their text, the Session Laws of North Carolina, not by prices; the index return is context' as note
from (
    select * from event_response('nc-bonds-1957')
    union all
    select * from event_response('nc-equities-1961')
    union all
    select * from event_response('nc-equities-1964')
) as response
where response.measure = 'index_return' and response.window_unit = 'month'
    and response.window_length in (12, 60)
