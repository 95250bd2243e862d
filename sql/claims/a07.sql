-- One row per venue and way to say that a level was broken.
-- claim: a07
-- article: A
-- statement: ETH broke 4,000 USD on 8 August
-- stated: 4000
-- unit: usd
select
    anchor, venue, definition, value, low, high, unit,
    coalesce(value = stated('a07', 'day'), false) as agrees,
    note
from order_break('ETH', stated('a07'))
