-- One row per venue and way to say that a level was broken.
-- claim: a04
-- article: A
-- statement: after 11 August BTC broke through 122,000 USD
-- stated: 122000
-- unit: usd
select
    anchor, venue, definition, value, low, high, unit,
    coalesce(value between stated('a04', 'from_day') and stated('a04', 'publication_day'), false)
        as agrees,
    note
from order_break('BTC', stated('a04'))
