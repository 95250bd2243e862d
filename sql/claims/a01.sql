-- One row per anchor and venue.
-- claim: a01
-- article: A
-- statement: BTC rose about 2 % in the 24 hours after the order
-- stated: 0.02
-- unit: fraction
-- question: eo-401k: BTC rose
select
    response.anchor,
    response.venue,
    'return over 24 hours' as definition,
    response.value,
    response.low,
    response.high,
    'fraction' as unit,
    case
        when response.is_candidate
            then abs(response.value - stated('a01')) <= threshold('about_points')
    end as agrees,
    case
        when not response.is_candidate then clock.note
        when response.value is null
            then response.missing || ' hourly bars of the window are missing'
    end as note
from event_response('eo-401k') as response
inner join seed.anchor as clock using (event, anchor)
where response.measure = 'return' and response.instrument = 'BTC'
    and response.window_unit = 'hour' and response.window_length = stated('a01', 'window')
