-- One row per figure that is shown.
-- claim: a30
-- event: eo-401k
-- article: A
-- statement: Tom Lee of BitMine holds that ether can reach 15,000 USD
-- stated: 15000
-- unit: usd
-- theme: prices
--
-- part: forecast: ether reaches 15,000 USD
-- shown: target: what he called a fair value on 21 July 2025
-- shown: year_end: what he expected by the end of the year, as reported on 6 August
-- shown: podcast: what he called reasonable by the end of the year in a podcast, as transcribed on
--   6 August
-- proxy: highest: highest price since the article, on any venue held here
-- shown: until: last day that is held
-- otherwise: A forecast, for which the article gives no day. Tom Lee called {target} a fair value
--   on 21 July 2025; for the end of the year one report of 6 August has {year_end}, the transcript
--   of a podcast {podcast}. Since the article the highest price, up to {until}, is {highest}.
with after as (
    select bar.high, bar.closed_at
    from price_rows('ETH') as bar
    inner join seed.anchor as clock on bar.closed_at > clock.nominal_at
    where clock.event = 'eo-401k' and clock.anchor = 'publication'
)

select
    'highest' as definition,
    null as anchor,
    null as venue,
    max(high) as value,
    null as low,
    null as high,
    'usd' as unit,
    null as vote,
    null as note
from after
union all
select
    'until', null, null, 
    -- The close at midnight is the last of the day before.
    cast(strftime((max(closed_at) - interval 1 hour) at time zone 'UTC', '%Y%m%d') as double),
    null, null, 'yyyymmdd', null, null
from after
union all
select
    unnest(['target', 'podcast']), null, null,
    unnest([
        published('ether_target_lee', '2025-07-21'), published('ether_target_lee', '2025-08-06')
    ]),
    null, null, 'usd', null, null
union all
select
    'year_end', null, null, null, published('ether_target_lee_year_end_low'),
    published('ether_target_lee_year_end_high'), 'usd', null, null
-- evidence
select * exclude (figure, as_of)
from reference_rows([
    'ether_target_lee', 'ether_target_lee_year_end_low', 'ether_target_lee_year_end_high'
])
union all
(
    select
        what, high as value, unit, publisher, 'hourly bars, highest trade of the hour before',
        payload_sha256, recorded_at
    from price_rows('ETH')
    where closed_at > timestamptz '2025-08-12 00:00:00+00'
    order by high desc
    limit 1
)
