-- One row per figure that is shown.
-- claim: a30
-- event: eo-401k
-- article: A
-- statement: Tom Lee of BitMine holds that ether can reach 15,000 USD
-- stated: 15000
-- unit: usd
--
-- part: forecast: ether reaches 15,000 USD
-- shown: highest: highest price since the article, on any venue held here
-- shown: until: last day that is held
-- otherwise: A forecast, for which the article gives no day. The highest price since the article,
--   as far as prices are held here, up to {until}, is {highest}.
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
    'until', null, null, cast(strftime(max(closed_at) at time zone 'UTC', '%Y%m%d') as double),
    null, null, 'yyyymmdd', null, null
from after
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
