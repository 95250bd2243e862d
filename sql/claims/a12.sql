-- One row per definition and venue of the spot price.
-- claim: a12
-- event: eo-401k
-- article: A
-- statement: The annualised premium of CME ether futures exceeded 10 %, and was above that of bitcoin futures
-- stated: 0.1
-- unit: fraction
-- theme: futures
--
-- part: quote: the premium of ether futures exceeded 10 % a year
-- main: front: front month against dollar spot, on the days from the order to publication
-- check: thirty: the same at 30 days
-- check: ninety: the same at 90 days
-- shown: tether_front: front month against spot in a stablecoin
-- shown: over: of those days, the ones on which the front month exceeded it
-- shown: days: those days
-- first: mostly supported
-- reason: From the order to publication the front month of CME's micro ether futures (last trade of
--   the day) stood {front} a year above spot, above 10 % on {over} of {days} days; at 30 days it
--   was {thirty}; at 90 days it was {ninety}.
-- otherwise: Prices of ether futures and of spot at the same instant would decide.
--
-- part: quote: it exceeded that of bitcoin futures
-- main: above: premium of ether less that of bitcoin, front month
-- check: above_thirty: the same at 30 days
-- check: above_ninety: the same at 90 days
-- first: mostly supported
-- reason: Against bitcoin's premium it was {above:+} a year; at 30 days {above_thirty:+}; at 90
--   days {above_ninety:+}.
-- otherwise: Prices of both futures and of spot at the same instant would decide.
with span as (
    select
        cast(ordered.nominal_at at time zone 'UTC' as date) as first_day,
        publication.latest_at as published_at
    from seed.anchor as ordered
    inner join seed.anchor as publication using (event)
    where event = 'eo-401k' and ordered.anchor = 'day' and publication.anchor = 'publication'
),

premium as (
    select vendor, price_kind, root, venue, day, observed_at, 'front' as maturity, annualised_basis,
        volume_contracts
    from mart.futures_basis
    where is_front_month and price_kind <> 'continuous'
    union all
    select
        maturity.vendor, maturity.price_kind, maturity.root, maturity.venue, maturity.day,
        maturity.observed_at, if(maturity.tenor_days = 30, 'thirty', 'ninety'),
        maturity.annualised_basis, front.volume_contracts
    from mart.basis_constant_maturity as maturity
    inner join mart.futures_basis as front
        on front.is_front_month and front.vendor = maturity.vendor and front.root = maturity.root
        and front.price_kind = maturity.price_kind and front.venue = maturity.venue
        and front.day = maturity.day
    -- A contract that hardly trades has no price to interpolate with.
    inner join stg.futures_price as far
        on far.vendor = maturity.vendor and far.price_kind = maturity.price_kind
        and far.day = maturity.day and far.contract = maturity.far_contract
        and coalesce(far.volume_contracts >= threshold('few_contracts'), true)
    inner join stg.futures_price as near
        on near.vendor = maturity.vendor and near.price_kind = maturity.price_kind
        and near.day = maturity.day and near.contract = maturity.near_contract
        and coalesce(near.volume_contracts >= threshold('few_contracts'), true)
    where maturity.tenor_days in (30, 90) and not maturity.is_extrapolated
),

-- A settlement is the better price of a day; of several vendors one is enough.
chosen as (
    select premium.*, venue.quote,
        premium.volume_contracts < threshold('thin_session')
        * median(premium.volume_contracts) over (
            partition by premium.root, premium.venue, premium.maturity
        ) as is_thin
    from premium
    inner join seed.venue as venue using (venue)
    cross join span
    where premium.day >= span.first_day - 30 and premium.observed_at < span.published_at
    qualify row_number() over (
        partition by premium.root, premium.venue, premium.maturity, premium.day
        order by premium.price_kind = 'settlement' desc, premium.vendor
    ) = 1
),

paired as (
    select
        ether.venue, ether.quote, ether.maturity, ether.day, ether.annualised_basis as ether,
        ether.annualised_basis - bitcoin.annualised_basis as above
    from chosen as ether
    cross join span
    left join chosen as bitcoin
        on bitcoin.root = 'MBT' and bitcoin.venue = ether.venue
        and bitcoin.maturity = ether.maturity and bitcoin.day = ether.day
        and bitcoin.price_kind = ether.price_kind
    where ether.root = 'MET' and ether.day >= span.first_day and not coalesce(ether.is_thin, false)
),

wanted as (
    select
        venue.venue, venue.quote, kind.maturity,
        count(paired.ether) as days,
        count(*) filter (where paired.ether > stated('a12')) as over_it,
        min(paired.ether) as low, max(paired.ether) as high,
        min(paired.above) as low_above, max(paired.above) as high_above
    from (values ('front'), ('thirty'), ('ninety')) as kind(maturity)
    cross join (
        select venue, quote from seed.venue where venue in (select venue from paired)
        union all
        select null, 'USD' where not exists (from paired)
    ) as venue
    left join paired on paired.venue = venue.venue and paired.maturity = kind.maturity
    group by all
)

select
    if(quote = 'USD', maturity, 'tether_' || maturity) as definition, null as anchor, venue,
    null as value, low, high, 'fraction' as unit,
    if(quote = 'USD', vote_if(high > stated('a12')), null) as vote,
    if(days = 0, 'no price that counts', format('{} of {} days', over_it, days)) as note
from wanted
where quote = 'USD' or maturity = 'front'
union all
select
    unnest(['over', 'days']), null, venue, unnest([over_it, days]), null, null, 'count', null, null
from wanted
where quote = 'USD' and maturity = 'front'
union all
select
    'above' || if(maturity = 'front', '', '_' || maturity), null, venue, null, low_above,
    high_above,
    'points', vote_if(high_above > 0), null
from wanted
where quote = 'USD'
-- evidence
select * exclude (contract, day, price_kind, vendor)
from (from futures_rows('MET') union all from futures_rows('MBT'))
where day in ('2025-08-07', '2025-08-08', '2025-08-11') and price_kind <> 'continuous'
    and contract in ('METQ5', 'METU5', 'MBTQ5', 'MBTU5')
union all
select * exclude (closed_at, low, high)
from (from price_rows('BTC') union all from price_rows('ETH'))
where publisher <> 'Binance' and closed_at in (
    timestamptz '2025-08-08 00:00:00+00', timestamptz '2025-08-08 21:00:00+00',
    timestamptz '2025-08-12 00:00:00+00'
)
order by what
