-- One row per index.
-- claim: b01
-- article: B
-- statement: after October 1929 the Dow fell almost 90 % from its peak
-- stated: -0.9
-- unit: fraction
with bar as (
    select
        bar.symbol, bar.session, bar.close,
        cast(clock.nominal_at at time zone 'UTC' as date) as crashed_on
    from stg.index_bar as bar
    inner join seed.anchor as clock on clock.event = 'crash-1929'
    where bar.symbol = '^DJI' and bar.bar_interval = '1d'
),

peak as (
    select symbol, crashed_on, max(close) as peak, arg_max(session, close) as peak_on
    from bar
    where session between crashed_on - interval 1 year and crashed_on
    group by symbol, crashed_on
)

select
    'day' as anchor,
    bar.symbol as venue,
    'closing peak of the year before to lowest close of five years after' as definition,
    min(bar.close) / peak.peak - 1 as value,
    null as low,
    null as high,
    'fraction' as unit,
    value between stated('b01') and stated('b01') + threshold('almost_points') as agrees,
    format('from {:.2f}', peak.peak) || strftime(peak.peak_on, ' on %Y-%m-%d')
        || format(' to {:.2f}', min(bar.close))
    || strftime(arg_min(bar.session, bar.close), ' on %Y-%m-%d') as note
from bar
inner join peak using (symbol)
where bar.session between peak.crashed_on and peak.crashed_on + interval 5 years
group by bar.symbol, peak.peak, peak.peak_on
