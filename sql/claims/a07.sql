-- One row per definition and venue.
-- claim: a07
-- event: eo-401k
-- article: A
-- statement: Ether broke 4,000 USD on 8 August
-- stated: 4000
-- unit: usd
-- theme: prices
--
-- part: quote: ether broke 4,000 USD on the 8th
-- main: trade: first trade at the level or above, from the day of the order on
-- check: close: first hourly close at the level or above
-- shown: before: last trade at the level or above before the order
-- first: supported
-- reason: Since the order ether first traded at 4,000 USD on {trade}, and first ended an hour there
--   on {close}; before the order it was last there on {before}.
-- otherwise: Hourly bars of ether after the order would decide.
select
    definition, null as anchor, venue, value, null as low, null as high, 'yyyymmdd' as unit,
    if(definition = 'before', null, vote_if(value = stated('a07', 'day'))) as vote,
    note
from level_break('eo-401k', 'ETH', stated('a07'))
-- evidence
select
    'ETH, highest price of the hour from '
    || strftime(opened_at at time zone 'UTC', '%Y-%m-%d %H:%M UTC') as what,
    high as value, 'usd' as unit, venue as publisher, 'hourly bars of ' || symbol as source,
    payload_sha256, recorded_at
from raw.spot_bar
where
    bar_interval = '1h' and superseded_at is null and high >= stated('a07')
    and opened_at >= timestamptz '2025-08-07 00:00:00+00'
    and (venue, symbol) in (select (venue, 'ETH/' || quote) from seed.venue)
    and venue in (
        select venue from level_break('eo-401k', 'ETH', stated('a07'))
        where definition = 'trade' and value is not null
    )
qualify row_number() over (partition by venue order by opened_at) = 1
order by venue
