-- One row per anchor.
-- claim: a10
-- article: A
-- statement: ETH ETFs took a net 680 million USD in two days
-- stated: 680000000
-- unit: usd
select
    response.anchor,
    response.venue,
    'net flow of two sessions' as definition,
    response.value,
    response.low,
    response.high,
    'usd' as unit,
    case
        when response.is_candidate
            then abs(response.value / stated('a10') - 1) <= threshold('about_share')
    end as agrees,
    case
        when not response.is_candidate then clock.note
        when response.value is null then response.missing || ' sessions of the window are missing'
        else 'the session of the order and the next'
    end as note
from event_response('eo-401k') as response
inner join seed.anchor as clock using (event, anchor)
where response.measure = 'net_flow_usd' and response.instrument = 'ETH'
    and response.window_unit = 'session' and response.window_length = stated('a10', 'sessions')
