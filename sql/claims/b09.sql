-- One row per index and definition.
-- claim: b09
-- article: B
-- statement: 2008: pensions lost heavily
-- stated: 2008
-- unit: year
with bar as (
    select
        bar.symbol, bar.session, bar.close,
        cast(clock.nominal_at at time zone 'UTC' as date) as failed_on
    from stg.index_bar as bar
    inner join seed.anchor as clock on clock.event = 'gfc-2008'
    where bar.symbol in ('^GSPC', '^DJI') and bar.bar_interval = '1d'
),

peak as (
    select symbol, max(close) as peak, arg_max(session, close) as peak_on
    from bar
    where session between failed_on - interval 1 year and failed_on
    group by symbol
)

select
    'day' as anchor,
    bar.symbol as venue,
    'proxy: fall of equities from the year before to the year after' as definition,
    min(bar.close) / peak.peak - 1 as value,
    null as low,
    null as high,
    'fraction' as unit,
    value <= -threshold('heavy_loss') as agrees,
    format('from {:.2f}', peak.peak) || strftime(peak.peak_on, ' on %Y-%m-%d')
        || format(' to {:.2f}', min(bar.close))
    || strftime(arg_min(bar.session, bar.close), ' on %Y-%m-%d') as note
from bar
inner join peak using (symbol)
where bar.session between bar.failed_on and bar.failed_on + interval 1 year
group by bar.symbol, peak.peak, peak.peak_on
union all
select
    null, null, 'loss of the pension funds themselves', null, null, null, 'fraction', null,
    'no figures on pension funds here; the Federal Reserve''s financial accounts would decide'
