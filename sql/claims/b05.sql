-- One row per rule change and measure.
-- claim: b05
-- event: ny-prudent-1950
-- article: B
-- statement: The bull market that followed proved what pension funds can earn on shares
-- stated: positive and better than usual
-- unit: words
--
-- part: window: after New York's law of 1950
-- main: new_york: real return of shares a year, dividends included, over 120 months
-- shown: new_york_rank: share of all other start months that did as well
-- first: mostly supported
-- reason: From any month of 1950 shares returned {new_york} a year after inflation over ten years;
--   {new_york_rank} of all other start months since 1871 did as well.
--
-- part: window: after North Carolina's law of 1961
-- main: first_limit: real return of shares a year, dividends included, over 120 months
-- shown: first_limit_rank: share of all other start months that did as well
-- first: mostly supported
-- reason: From any month of 1961 shares returned {first_limit} a year after inflation over ten
--   years; {first_limit_rank} of all other start months since 1871 did as well.
--
-- part: window: after its limit was raised, by 1964
-- main: raised_limit: real return of shares a year, dividends included, over 120 months
-- shown: raised_limit_rank: share of all other start months that did as well
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
    select change.definition, change.is_dated, ranked.rate, ranked.rank_share,
        ranked.rate > 0 and ranked.rank_share < threshold('better_than_usual_rank') as is_better
    from (
        values ('new_york', stated('b03', 'year'), true),
        ('first_limit', stated('b04', 'equities_year'), true),
        ('raised_limit', stated('b04', 'raised_year'), false)
    ) as change(definition, happened_in, is_dated)
    left join ranked on year(ranked.begins_on) = change.happened_in
)

select
    unnest([definition, definition || '_rank']) as definition, null as anchor, null as venue,
    null as value, unnest([min(rate), min(rank_share)]) as low,
    unnest([max(rate), max(rank_share)]) as high, 'fraction' as unit,
    unnest([
        case when count(rate) = 12 and bool_and(is_dated) then
            if(bool_and(is_better), 'yes', if(bool_or(is_better), 'unclear', 'no'))
        end, null
    ]) as vote,
    'from each of the twelve months' as note
from placed
group by definition
-- evidence
select * exclude (session)
from index_rows('SHILLER', '1mo')
where year(session) in (1949, 1959, 1960, 1970) and month(session) = 12
