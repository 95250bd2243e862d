-- One row per definition and venue.
-- claim: a21
-- event: eo-401k
-- article: A
-- statement: Plan accounts traded 0.5 times a month in 2024, so that the large coins' volatility
--   should fall once their money is in
-- stated: 0.5
-- unit: per_month
-- theme: pensions
--
-- part: document: plan accounts trade half a time a month on average
-- main: households: trades a year that each household would need that traded at all in 2018
-- check: participants: trades a year that each participant would need that traded in 2003 and 2004
-- shown: household_share: households with only a plan that traded at all in 2018
-- shown: participant_share: participants who made a trade in 2003 and 2004
-- tolerance: trades_a_year
-- first: not testable
-- reason: In 2018 {household_share:.0} of Vanguard's households that hold only employer-plan
--   accounts traded at all; to average half a trade a month each of these would have to trade
--   {households} times a year. In 2003 and 2004 together {participant_share:.0} of participants
--   made a trade. The figure of 2024 itself was not found.
-- otherwise: A record keeper's report on trading in plans would decide.
--
-- part: forecast: volatility falls
-- shown: month: volatility of the 30 days after the order over that of the 30 before, less one
-- shown: quarter: the same over 90 days
-- shown: half: the same over 180 days
-- first: mostly supported
-- otherwise: By the last source seen (September 2026) the rule was a proposal, so no money can have
--   come because of a rule, and what it would do to volatility cannot be tested.
with traded as (
    select
        wanted.definition, wanted.share_name,
        if(wanted.is_without, 1 - published.value, published.value) as share,
        12 * stated('a21') / share as trades,
        published.publisher || ', ' || published.as_of as note
    from (
        values
        ('households', 'household_share', 'dc_households_trading_share', false),
        ('participants', 'participant_share', 'participants_without_trade_share', true)
    ) as wanted(definition, share_name, figure, is_without)
    left join stg.reference_figure as published on published.figure = wanted.figure
    qualify row_number() over (partition by wanted.definition order by published.as_of desc) = 1
),

midnight as (
    select *
    from (
        select
            hourly.venue, hourly.asset, hourly.closed_at,
            sum(hourly.log_return ** 2) over until_then as squares,
            count(hourly.log_return) over until_then as returns
        from mart.spot_hourly as hourly
        where hourly.asset in ('BTC', 'ETH')
            and (hourly.venue, hourly.quote) in (select (v.venue, v.quote) from seed.venue as v)
        window until_then as (partition by hourly.venue, hourly.asset order by hourly.closed_at)
    )
    where epoch(closed_at) % 86400 = 0
),

-- Half a percent of the hours on either side may be missing.
change as (
    select
        horizon.definition, middle.venue, middle.asset, middle.closed_at,
        sqrt(((later.squares - middle.squares) / (later.returns - middle.returns))
            / ((middle.squares - earlier.squares) / (middle.returns - earlier.returns))
        ) - 1 as value
    from midnight as middle
    cross join (values ('month', 30), ('quarter', 90), ('half', 180)) as horizon(definition, days)
    inner join midnight as earlier
        on earlier.venue = middle.venue and earlier.asset = middle.asset
        and earlier.closed_at = middle.closed_at - horizon.days * interval 24 hours
    inner join midnight as later
        on later.venue = middle.venue and later.asset = middle.asset
        and later.closed_at = middle.closed_at + horizon.days * interval 24 hours
    where later.returns - middle.returns >= 0.995 * 24 * horizon.days
        and middle.returns - earlier.returns >= 0.995 * 24 * horizon.days
),

ranked as (
    select
        change.definition, change.asset || ' on ' || change.venue as venue, change.value,
        count(other.value) as dates,
        count(*) filter (where other.value <= change.value) / count(other.value) as rank_share
    from change
    inner join seed.anchor as clock
        on clock.event = 'eo-401k' and clock.anchor = 'day' and change.closed_at = clock.nominal_at
    inner join change as other
        on other.definition = change.definition and other.venue = change.venue
        and other.asset = change.asset
    group by all
)

select
    definition, null as anchor, null as venue, trades as value, null as low,
    null as high, 'count' as unit, vote_if(trades <= threshold('trades_a_year')) as vote, note
from traded
union all
select share_name, null, null, share, null, null, 'fraction', null, null
from traded
union all
select
    kind.definition, null, ranked.venue, ranked.value, null, null, 'fraction', null,
    coalesce(
        format(
            'it fell as much at {:.0f} % of {} dates held', 100 * ranked.rank_share, ranked.dates
        ),
        'the bars held end before'
    )
from (values ('month'), ('quarter'), ('half')) as kind(definition)
left join ranked using (definition)
-- evidence
select * exclude (figure, as_of)
from reference_rows(['dc_households_trading_share', 'participants_without_trade_share'])
