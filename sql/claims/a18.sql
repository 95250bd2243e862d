-- One row per definition.
-- claim: a18
-- event: eo-401k
-- article: A
-- statement: The market priced a September hold at 11.6 %, a cut of 25 basis points at 88.4 %
-- stated: hold 11.6 %, cut 88.4 %
-- unit: words
-- theme: rates
--
-- part: quote: the market priced a hold at 11.6 % and a cut at 88.4 %
-- main: cut: probability of a cut by 25 basis points, end of the days from the order to publication
-- shown: hold: probability of a hold on the day that comes closest
-- shown: nearest: probability of the cut on that day
-- shown: closest: that day
-- first: mostly contradicted
-- reason: By CME FedWatch, at the end of {closest}, the closest day, a cut was priced at {nearest}
--   and a hold at {hold}; from the order to publication the cut moved between {cut:<} and {cut:>}.
-- otherwise: The quotes of those days would decide.
with quote as (
    select
        probability.quoted_on,
        sum(probability.probability)
            filter (where probability.lower_bps = threshold('fed_target_lower_bps') - 25) as cut,
        sum(probability.probability)
            filter (where probability.lower_bps = threshold('fed_target_lower_bps')) as hold
    from mart.fed_probability as probability
    inner join seed.anchor as ordered on ordered.event = 'eo-401k' and ordered.anchor = 'day'
    inner join seed.anchor as publication
        on publication.event = 'eo-401k' and publication.anchor = 'publication'
    where probability.meeting = '2025-09-17' and probability.available_at <= publication.latest_at
        and probability.quoted_on >= cast(ordered.nominal_at at time zone 'UTC' as date)
    group by probability.quoted_on
),

judged as (
    select
        *, greatest(abs(cut - stated('a18', 'cut_25')), abs(hold - stated('a18', 'hold'))) as off
    from quote
),

nearest as (
    select
        min(cut) as low, max(cut) as high, min(off) as off, arg_min(cut, off) as cut,
        arg_min(hold, off) as hold, arg_min(quoted_on, off) as quoted_on, count(*) as days,
        count(*) filter (where off <= threshold('quoted_probability')) as days_within
    from judged
)

select
    'cut' as definition, null as anchor, null as venue, null as value, low, high,
    'fraction' as unit, vote_if(off <= threshold('quoted_probability')) as vote,
    if(
        days = 0, 'no quotes are held',
        format('within one point on {} of {} days', days_within, days)
    ) as note
from nearest
union all
select 'nearest', null, null, cut, null, null, 'fraction', null, 'end of ' || quoted_on
from nearest
union all
select 'hold', null, null, hold, null, null, 'fraction', null, 'end of ' || quoted_on
from nearest
union all
select
    'closest', null, null, cast(strftime(quoted_on, '%Y%m%d') as double), null, null, 'yyyymmdd',
    null, null
from nearest
-- evidence
select * exclude (quoted_on, lower_bps, upper_bps)
from fed_rows(date '2025-09-17')
where quoted_on between '2025-08-07' and '2025-08-12' and lower_bps in (400, 425)
