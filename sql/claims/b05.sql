-- One row per rule change, index and horizon.
-- claim: b05
-- article: B
-- statement: after the rule changes the bull market proved the return potential
-- stated: positive and better than usual
-- unit: words
with response as (
    select * from event_response('ny-prudent-1950')
    union all
    select * from event_response('nc-bonds-1957')
    union all
    select * from event_response('nc-equities-1961')
    union all
    select * from event_response('nc-equities-1964')
)

select
    response.anchor,
    response.instrument as venue,
    response.event || ', ' || response.window_length || ' months' as definition,
    response.value,
    response.low,
    response.high,
    'fraction' as unit,
    response.value > 0 and response.rank_share < threshold('better_than_usual_rank') as agrees,
    case
        when response.value is null then response.missing || ' months of the window are missing'
        else format('{:.0f} % of {} start months did as well; no dividends', 100 * response.rank_share, response.baseline_count)
    end as note
from response
where response.measure = 'index_return' and response.window_unit = 'month'
    and response.window_length in (36, 60, 120)
