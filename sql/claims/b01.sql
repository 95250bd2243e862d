-- One row per index.
-- claim: b01
-- event: crash-1929
-- article: B
-- statement: From its peak of 1929 the Dow Jones index fell almost 90 %
-- stated: 0.9
-- unit: fraction
-- theme: precedents
--
-- part: quote: the Dow fell almost 90 % from its peak
-- main: fall: fall from the highest close of the year before the crash to the lowest of the five
--   years after it
-- tolerance: almost_points
-- first: supported
-- reason: From its highest close before the crash to its lowest one after it the Dow fell by
--   {fall}.
-- otherwise: Daily closes of the Dow from 1928 to 1934 would decide.
with bar as (
    select
        bar.session, bar.close,
        cast(clock.nominal_at at time zone 'UTC' as date) as crashed_on
    from seed.anchor as clock
    left join stg.index_bar as bar on bar.symbol = '^DJI' and bar.bar_interval = '1d'
    where clock.event = 'crash-1929'
),

extreme as (
    select
        max(close) filter (where session between crashed_on - interval 1 year and crashed_on)
        as peak,
        min(close) filter (where session between crashed_on and crashed_on + interval 5 years)
        as trough
    from bar
)

select
    'fall' as definition,
    null as anchor,
    '^DJI' as venue,
    1 - trough / peak as value,
    null as low,
    null as high,
    'fraction' as unit,
    vote_within(value, value, stated('b01') - threshold('almost_points'), stated('b01')) as vote,
    null as note
from extreme
-- evidence
select * exclude (session)
from index_rows('^DJI', '1d')
where session between date '1928-10-24' and date '1934-10-24'
qualify value in (max(value) over (), min(value) over ())
