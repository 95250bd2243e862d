-- One row per figure of the statement.
-- claim: a22
-- event: payrolls-2025-07
-- article: A
-- statement: In July payrolls grew far less than expected and unemployment rose a little, which
--   made a cut of rates much likelier
-- stated: a cut much likelier
-- unit: words
-- theme: rates
--
-- part: document: payrolls grew far less than expected
-- main: payrolls: jobs added in July, as first released
-- shown: expected: forecasts of economists
-- tolerance: far_below_share
-- first: not testable
-- reason: Payrolls grew by {payrolls}, where {expected} had been expected.
--
-- part: document: unemployment rose a little
-- main: rise: unemployment rate of July less that of June
-- shown: unemployment: the rates of both months
-- tolerance: about_points
-- reason: Unemployment rose from {unemployment:<} to {unemployment:>}.
--
-- part: quote: a cut in September became much likelier
-- main: likelier: change of its probability from the day before the release to the day itself
-- shown: before: probability the day before
-- shown: after: probability on the day
-- first: supported
-- reason: The probability of a cut in September, as futures imply it, was {before} the day before
--   the release and {after} on the day.
with cut as (
    select
        sum(probability) filter (where quoted_on = released_on) as after,
        sum(probability) filter (where quoted_on = released_on - 1) as before
    from (
        select cast(nominal_at at time zone 'UTC' as date) as released_on
        from seed.anchor
        where event = 'payrolls-2025-07' and anchor = 'release'
    )
    left join mart.fed_probability
        on meeting = '2025-09-17' and upper_bps <= threshold('fed_target_lower_bps')
),

release as (
    select
        published('payrolls_change', '2025-07-31') as payrolls,
        published('payrolls_change_consensus', '2025-07-31') as forecast,
        published('payrolls_change_consensus_low', '2025-07-31') as least,
        published('payrolls_change_consensus_high', '2025-07-31') as most,
        published('unemployment_rate', '2025-06-30') as june,
        published('unemployment_rate', '2025-07-31') as july
)

select
    unnest(['payrolls', 'expected', 'rise', 'unemployment', 'likelier', 'before', 'after'])
    as definition, null as anchor, null as venue,
    unnest([payrolls, forecast, july - june, null, after - before, before, after]) as value,
    unnest([null, least, null, june, null, null, null]) as low,
    unnest([null, most, null, july, null, null, null]) as high,
    unnest([
        'persons', 'persons', 'points', 'fraction', 'points', 'fraction', 'fraction'
    ]) as unit,
    unnest([
        vote_if(payrolls <= least * (1 - threshold('far_below_share'))), null,
        vote_if(july > june and july - june <= threshold('about_points')), null,
        vote_if(after - before >= threshold('clear_probability_rise')), null, null
    ]) as vote,
    null as note
from release
cross join cut
-- evidence
select * exclude (figure, as_of)
from reference_rows([
    'payrolls_change', 'payrolls_change_consensus', 'payrolls_change_consensus_low',
    'payrolls_change_consensus_high', 'unemployment_rate'
])
union all
select * exclude (quoted_on, lower_bps, upper_bps)
from fed_rows(date '2025-09-17')
where quoted_on between date '2025-07-31' and date '2025-08-01'
    and upper_bps <= threshold('fed_target_lower_bps')
