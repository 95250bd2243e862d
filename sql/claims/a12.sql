-- One row per spot venue, maturity and day.
-- claim: a12
-- article: A
-- statement: CME ether futures' annualised premium exceeded 10 %, and BTC's
-- stated: 0.1
-- unit: fraction
with premium as (
    select
        vendor, price_kind, root, venue, day, observed_at, 'front month' as maturity,
        annualised_basis
    from mart.futures_basis
    where is_front_month and price_kind <> 'continuous'
    union all
    select
        vendor, price_kind, root, venue, day, observed_at,
        'constant 30 days' || case when is_extrapolated then ' (extrapolated)' else '' end,
        annualised_basis
    from mart.basis_constant_maturity
    where tenor_days = 30
),

span as (
    select
        cast(ordered.nominal_at at time zone 'UTC' as date) as first_day,
        cast(publication.nominal_at at time zone 'UTC' as date) as last_day,
        publication.latest_at as published_at
    from seed.anchor as ordered
    inner join seed.anchor as publication using (event)
    where event = 'eo-401k' and ordered.anchor = 'day' and publication.anchor = 'publication'
)

select
    null as anchor,
    ether.venue,
    ether.maturity || strftime(ether.day, ', %m-%d') as definition,
    ether.annualised_basis as value,
    null as low,
    null as high,
    'fraction' as unit,
    case
        when ether.observed_at < span.published_at
            then ether.annualised_basis > stated('a12')
                and ether.annualised_basis > bitcoin.annualised_basis
    end as agrees,
    case
        when ether.observed_at >= span.published_at then 'observed only after publication'
        when bitcoin.annualised_basis is null or ether.annualised_basis is null
            then 'no price of both futures and spot at the same instant'
        else format('bitcoin {:.1f} %, both ', 100 * bitcoin.annualised_basis)
            || strftime(ether.observed_at at time zone 'UTC', 'at %H:%M UTC on %m-%d')
    end as note
from premium as ether
inner join span on ether.day between span.first_day and span.last_day
left join premium as bitcoin
    on bitcoin.root = 'MBT' and bitcoin.vendor = ether.vendor
    and bitcoin.price_kind = ether.price_kind
    and bitcoin.venue = ether.venue and bitcoin.day = ether.day
    and bitcoin.maturity = ether.maturity
where ether.root = 'MET'
-- A settlement is the better price of a day; of several vendors one is enough.
qualify row_number() over (
    partition by ether.venue, ether.maturity, ether.day
    order by ether.price_kind = 'settlement' desc, ether.vendor
) = 1
