-- One row per anchor, venue and definition of a rise.
-- claim: a05
-- article: A
-- statement: ETH spot volume rose markedly in the 24 hours
-- stated: marked rise
-- unit: words
select
    anchor, venue, definition, value, low, high, unit,
    case
        when not is_candidate then null
        when unit = 'ratio' then value >= threshold('marked_rise_ratio')
        else value <= threshold('clear_rise_rank')
    end as agrees,
    note
from order_volume('ETH', stated('a05', 'window'))
