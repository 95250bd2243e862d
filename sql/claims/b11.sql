-- One row per definition.
-- claim: b11
-- event: crash-1929
-- article: B
-- statement: After the crisis bond yields began to fall
-- stated: fell
-- unit: words
-- theme: precedents
--
-- part: quote: bond yields fell
-- main: change: Shiller's ten-year rate (before 1953 yearly figures, interpolated) ten years after
--   the crash, less that of its month
-- shown: crash: the rate in the month of the crash
-- shown: later: the rate ten years later
-- shown: highest: the highest rate from the crash to 1941
-- shown: lowest: the lowest rate from the crash to 1941
-- reason: The ten-year rate was {crash} in the month of the crash and {later} ten years later;
--   until 1941 it was {highest} at the highest and {lowest} at the lowest. Before 1953 it is
--   interpolated between yearly figures.
-- otherwise: Long rates from 1929 to 1939 would decide.
with crash as (
    select date_trunc('month', nominal_at at time zone 'UTC') as month
    from seed.anchor
    where event = 'crash-1929'
),

rate as (
    select
        max(bar.long_rate) filter (where bar.session = crash.month) as at_crash,
        max(bar.long_rate) filter (where bar.session = crash.month + interval 10 years) as at_end,
        max(bar.long_rate) as highest,
        min(bar.long_rate) as lowest
    from crash
    left join stg.index_bar as bar
        on bar.symbol = 'SHILLER' and bar.session >= crash.month
        and year(bar.session) <= stated('b13', 'ended')
)

select
    'change' as definition,
    null as anchor,
    null as venue,
    at_end - at_crash as value,
    null as low,
    null as high,
    'points' as unit,
    vote_if(value < 0) as vote,
    null as note
from rate
union all
select
    unnest(['crash', 'later', 'highest', 'lowest']), null, null,
    unnest([at_crash, at_end, highest, lowest]), null, null, 'yield', null, null
from rate
-- evidence
select
    strftime(session, 'ten-year rate of %Y-%m') as what, long_rate as value,
    'yield' as unit, 'Robert Shiller' as publisher,
    'U.S. Stock Markets 1871-Present, rate GS10: before 1953 yearly figures, interpolated'
    as source, payload_sha256, recorded_at
from raw.index_bar
where superseded_at is null and symbol = 'SHILLER'
    and session in ('1929-10-01', '1932-01-01', '1939-10-01', '1941-01-01')
order by session
