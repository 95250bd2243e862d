-- One row per definition.
-- claim: a15
-- event: eo-401k
-- article: A
-- statement: Companies that keep ether in their treasuries hold about 13 B USD of it
-- stated: 13000000000
-- unit: usd
--
-- part: document: treasuries hold about 13 B USD of ether
-- main: wide: counts of companies, foundations and governments, before and after
-- check: companies: listed companies alone
-- shown: implied: ether that the sum stands for, at the prices of the day of publication
-- tolerance: about_share
-- first: not testable
-- reason: At the prices of the day the sum stands for {implied}. Wide lists, foundations and
--   governments included, rose from {wide:<} at the end of July to {wide:>} on 14 August;
--   listed companies alone held about {companies}.
-- otherwise: A list of the holders dated 10 to 12 August would decide; none was found.
with price as (
    select
        stated('a15') / avg(bar.value) as value,
        stated('a15') / max(bar.value) as low,
        stated('a15') / min(bar.value) as high
    from price_rows('ETH') as bar
    inner join seed.anchor as clock
        on bar.closed_at between clock.earliest_at and clock.latest_at
    where clock.event = 'eo-401k' and clock.anchor = 'publication'
)

select
    'wide' as definition,
    null as anchor,
    null as venue,
    null as value,
    published('ether_of_treasuries', '2025-07-28') as low,
    published('ether_of_treasuries', '2025-08-14') as high,
    'coin' as unit,
    vote_within(
        price.low, price.high, published('ether_of_treasuries', '2025-07-28'),
        published('ether_of_treasuries', '2025-08-14')
    ) as vote,
    'a list of the very days was not found' as note
from price
union all
select
    'companies', null, null, published('ether_of_treasury_companies'), null, null, 'coin',
    vote_within(
        price.low, price.high,
        published('ether_of_treasury_companies') * (1 - threshold('about_share')),
        published('ether_of_treasury_companies') * (1 + threshold('about_share'))
    ),
    null
from price
union all
select 'implied', null, null, price.value, price.low, price.high, 'coin', null, null
from price
-- evidence
select * exclude (figure, as_of)
from reference_rows(['ether_of_treasuries', 'ether_of_treasury_companies'])
