-- One row per anchor, venue and definition of a rise.
-- claim: a02
-- article: A
-- statement: BTC spot volume showed no clear rise in those 24 hours
-- stated: no rise
-- unit: words
select
    anchor, venue, definition, value, low, high, unit,
    case
        when not is_candidate then null
        when unit = 'ratio' then value < threshold('clear_rise_ratio')
        else value > threshold('clear_rise_rank')
    end as agrees,
    note
from order_volume('BTC', stated('a02', 'window'))
