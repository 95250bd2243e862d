-- One row per definition.
-- claim: a15
-- event: eo-401k
-- article: A
-- statement: Companies that keep ether in their treasuries hold about 13 B USD of it
-- stated: 13000000000
-- unit: usd
-- theme: funds
--
-- part: document: treasuries hold about 13 B USD of ether
-- main: wide: count of the tracker Strategic ETH Reserve, before and after
-- check: companies: companies alone, nearly 2 % of all ether on 15 August
-- shown: later: the same count six days later
-- shown: worth: what listed companies held, at the prices of the day of publication
-- shown: implied: ether that the sum stands for, at the prices of the day of publication
-- tolerance: about_share
-- first: not testable
-- reason: At the prices of the day the sum stands for {implied}. The tracker Strategic ETH Reserve,
--   which the press quotes for treasury companies but which also lists some foundations and
--   governments, had {wide:<} on 28 July, {wide:>} on 14 August and {later} on 20 August;
--   Blockworks put the companies at nearly 2 % of all ether on 15 August, about {companies} or
--   {worth}.
-- otherwise: A count of what listed companies held would decide.
with price as (
    select
        stated('a15') / avg(bar.value) as value,
        stated('a15') / max(bar.value) as low,
        stated('a15') / min(bar.value) as high
    from price_rows('ETH') as bar
    inner join seed.anchor as clock
        on bar.closed_at between clock.earliest_at and clock.latest_at
    where clock.event = 'eo-401k' and clock.anchor = 'publication'
),

held as (
    select
        published('ether_of_treasury_companies') as companies,
        published('ether_of_treasuries', '2025-07-28') as before,
        published('ether_of_treasuries', '2025-08-14') as after,
        published('ether_of_treasuries', '2025-08-20') as later
)

select
    'companies' as definition,
    null as anchor,
    null as venue,
    held.companies as value,
    null as low,
    null as high,
    'coin' as unit,
    vote_within(
        held.companies * (1 - threshold('about_share')),
        held.companies * (1 + threshold('about_share')), price.low, price.high
    ) as vote,
    null as note
from held
cross join price
union all
select
    'wide', null, null, null, held.before, held.after, 'coin',
    vote_within(held.before, held.after, price.low, price.high),
    'a list of the very days was not found'
from held
cross join price
union all
select 'later', null, null, later, null, null, 'coin', null, null
from held
union all
select
    'worth', null, null, held.companies * stated('a15') / price.value,
    held.companies * stated('a15') / price.high, held.companies * stated('a15') / price.low, 'usd',
    null, null
from held
cross join price
union all
select 'implied', null, null, value, low, high, 'coin', null, null
from price
-- evidence
select * exclude (figure, as_of)
from reference_rows(['ether_of_treasuries', 'ether_of_treasury_companies'])
