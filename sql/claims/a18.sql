-- One row per quote day from the order to publication.
-- claim: a18
-- article: A
-- statement: the market priced a September hold at 11.6 %, a 25 bp cut at 88.4 %
-- stated: hold 11.6 %, cut 88.4 %
-- unit: words
with quote as (
    select
        probability.quoted_on,
        max(probability.available_at) <= max(publication.latest_at) as is_known,
        sum(probability.probability) filter (where probability.lower_bps = threshold('fed_target_lower_bps') - 25) as cut,
        sum(probability.probability) filter (where probability.lower_bps = threshold('fed_target_lower_bps')) as hold
    from mart.fed_probability as probability
    inner join seed.anchor as ordered on ordered.event = 'eo-401k' and ordered.anchor = 'day'
    inner join seed.anchor as publication
        on publication.event = 'eo-401k' and publication.anchor = 'publication'
    where probability.meeting = '2025-09-17'
        and probability.quoted_on >= cast(ordered.nominal_at at time zone 'UTC' as date)
        and probability.quoted_on <= cast(publication.nominal_at at time zone 'UTC' as date)
    group by probability.quoted_on
)

select
    null as anchor,
    null as venue,
    strftime(quoted_on, 'cut, end of %m-%d') as definition,
    cut as value,
    null as low,
    null as high,
    'fraction' as unit,
    case
        when is_known
            then abs(cut - stated('a18', 'cut_25')) <= threshold('quoted_probability')
                and abs(hold - stated('a18', 'hold')) <= threshold('quoted_probability')
    end as agrees,
    case
        when is_known then format('hold {:.1f} %; quotes move by points within a day', 100 * hold)
        else 'known only after publication'
    end as note
from quote
