-- One row per part of the statement.
-- claim: a22
-- article: A
-- statement: July payrolls came in far below expectation (1 August), a cut became likelier
-- stated: a cut likelier
-- unit: words
with quote as (
    select
        probability.quoted_on, probability.quoted_on < min(clock.released_on) as is_before,
        sum(probability.probability) as cut
    from mart.fed_probability as probability
    cross join (
        select cast(nominal_at at time zone 'UTC' as date) as released_on
        from seed.anchor
        where event = 'payrolls-2025-07' and anchor = 'release'
    ) as clock
    where probability.meeting = '2025-09-17'
        and probability.upper_bps <= threshold('fed_target_lower_bps')
    group by probability.quoted_on
)

select
    null as anchor,
    null as venue,
    'change of the probability of a September cut on the day' as definition,
    arg_min(cut, quoted_on) filter (where not is_before) - arg_max(cut, quoted_on)
        filter (where is_before) as value,
    null as low,
    null as high,
    'fraction' as unit,
    value >= threshold('clear_probability_rise') as agrees,
    format(
        'from {:.1f} % on {} to {:.1f} % on {}',
        100 * arg_max(cut, quoted_on) filter (where is_before),
        max(quoted_on) filter (where is_before),
        100 * arg_min(cut, quoted_on) filter (where not is_before),
        min(quoted_on) filter (where not is_before)
    ) as note
from quote
union all
select
    null, null, 'payrolls less the forecast', null, null, null, 'persons', null,
    'neither the release nor the forecasts are in the data; both would decide'
