-- One row per definition.
-- claim: b11
-- event: crash-1929
-- article: B
-- statement: After the crisis bond yields began to fall
-- stated: fell
-- unit: words
--
-- part: quote: bond yields fell
-- main: change: long rate ten years after the crash, less that of its month
-- shown: crash: long rate in the month of the crash
-- shown: later: long rate ten years later
-- shown: highest: highest long rate from the crash to 1941
-- shown: lowest: lowest long rate from the crash to 1941
-- reason: The long rate was {crash:.2} in the month of the crash and {later:.2} ten years later;
--   until 1941 it was {highest:.2} at the highest and {lowest:.2} at the lowest.
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
    'fraction' as unit,
    vote_if(value < 0) as vote,
    null as note
from rate
union all
select
    unnest(['crash', 'later', 'highest', 'lowest']), null, null,
    unnest([at_crash, at_end, highest, lowest]), null, null, 'fraction', null, null
from rate
-- evidence
select
    strftime(bar.session, 'long rate, mean of %Y-%m') as what, bar.long_rate as value,
    'fraction' as unit, instrument.source as publisher, 'index ' || bar.symbol as source,
    bar.payload_sha256, bar.recorded_at
from raw.index_bar as bar
inner join seed.instrument as instrument on bar.symbol = instrument.instrument
where bar.superseded_at is null and bar.symbol = 'SHILLER'
    and bar.session in ('1929-10-01', '1932-01-01', '1939-10-01', '1941-01-01')
order by bar.session
