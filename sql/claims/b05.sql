-- One row per rule change and measure.
-- claim: b05
-- event: ny-prudent-1950
-- article: B
-- statement: The bull market that followed proved what pension funds can earn on shares
-- stated: positive and better than usual
-- unit: words
-- theme: precedents
--
-- part: window: after New York's law of 1950
-- main: new_york: real return of shares a year, dividends included, over 120 months
-- shown: new_york_rank: share of all other start months that did as well or better
-- first: mostly supported
-- reason: From July 1950 on, when New York's law for private trustees came into force, shares
--   returned {new_york} a year after inflation over ten years; {new_york_rank} of all other start
--   months since 1871 did as well or better, where better than usual means fewer than half; the
--   windows of ten years overlap.
--
-- part: window: after North Carolina's law of 1961
-- main: first_limit: real return of shares a year, dividends included, over 120 months
-- shown: first_limit_rank: share of all other start months that did as well or better
-- first: mostly supported
-- reason: From any month of 1961 shares returned {first_limit} a year after inflation over ten
--   years; {first_limit_rank} of all other start months since 1871 did as well or better, where
--   better than usual means fewer than half.
--
-- part: window: after its limit was raised, by 1964
-- main: raised_limit: real return of shares a year, dividends included, over 120 months
-- shown: raised_limit_rank: share of all other start months that did as well or better
-- first: mostly supported
-- otherwise: The article has it raised by 1964 and names no day, which the law would. From any
--   month of 1964 shares returned {raised_limit} a year after inflation over ten years.
with monthly as (
    -- D_t is of a year and is reinvested monthly: R_t = (P_t + D_t / 12) / P_(t-1).
    select session, (close + dividend / 12) / lag(close) over months
        * lag(consumer_price_index) over months / consumer_price_index as growth
    from stg.index_bar
    where symbol = 'SHILLER' and dividend is not null and consumer_price_index is not null
    window months as (order by session)
),

decade as (
    select session, exp(sum(ln(growth)) over ahead / 10) - 1 as rate
    from monthly
    window ahead as (
        order by session range between interval 1 month following and interval 120 months following
    )
    qualify count(growth) over ahead = 120
),

ranked as (
    select session + interval 1 month as begins_on, rate,
        (count(*) over (order by rate desc) - 1) / (count(*) over () - 1) as rank_share
    from decade
),

placed as (
    select law.definition, ranked.rate, ranked.rank_share,
        datediff(
            'month', clock.earliest_at at time zone 'UTC', clock.latest_at at time zone 'UTC'
        ) + 1 as months,
        ranked.rate > 0 and ranked.rank_share < threshold('better_than_usual_rank') as is_better
    from (
        values ('new_york', 'ny-prudent-1950'), ('first_limit', 'nc-equities-1961'),
        ('raised_limit', 'nc-equities-1964')
    ) as law(definition, event)
    left join seed.anchor as clock on law.event = clock.event
    left join ranked on ranked.begins_on between (clock.earliest_at at time zone 'UTC')
        and (clock.latest_at at time zone 'UTC')
)

select
    unnest([definition, definition || '_rank']) as definition, null as anchor, null as venue,
    null as value, unnest([min(rate), min(rank_share)]) as low,
    unnest([max(rate), max(rank_share)]) as high, 'fraction' as unit,
    unnest([
        -- "By 1964" is no date.
        case when count(rate) = months and definition <> 'raised_limit' then
            if(bool_and(is_better), 'yes', if(bool_or(is_better), 'unclear', 'no'))
        end, null
    ]) as vote,
    coalesce('start months: ' || months, 'the day of the law is not known') as note
from placed
group by definition, months
-- evidence
select
    unnest(['SHILLER, mean', 'dividends a year', 'consumer prices'])
    || strftime(session, ' of %Y-%m') as what,
    unnest([close, dividend, consumer_price_index]) as value,
    'index_points' as unit, 'Robert Shiller' as publisher,
    'U.S. Stock Markets 1871-Present and CAPE Ratio: first and last month of ten years' as source,
    payload_sha256, recorded_at
from raw.index_bar
where superseded_at is null and symbol = 'SHILLER'
    and session in ('1950-06-01', '1960-06-01', '1960-12-01', '1970-12-01')
order by session, what
