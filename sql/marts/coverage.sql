-- One row per dataset, series and interval that has at least one row.
create or replace table mart.coverage as
with held as (
    select
        dataset, part, "interval",
        if(dataset in ('spot_bar', 'coin_snapshot', 'futures_price'), venue || ' ' || symbol, symbol) as series,
        min(first_at) as first_at, max(last_at) as last_at, sum(present) as present,
        sum(outside_calendar) as outside_calendar
    from ops.coverage_month
    group by all
)

select
    held.dataset, held.series, held."interval", held.first_at, held.last_at,
    case
        when dataset.calendar = 'clock'
            then cast((epoch(held.last_at) - epoch(held.first_at)) / epoch(cast(held."interval" as interval)) as bigint) + 1
        else due.stamps
    end as expected,
    cast(held.present as bigint) as present,
    expected - cast(held.present as bigint) as missing,
    cast(held.outside_calendar as bigint) as outside_calendar
from held
left join seed.dataset as dataset on held.part = dataset.dataset
left join lateral (
    select count(*) as stamps
    from cal.stamp as stamp
    where stamp.calendar = dataset.calendar
        and stamp.stamp_at between held.first_at and held.last_at
) as due on true
order by held.dataset, held.series, held."interval";
comment on table mart.coverage is
    'Rows expected against rows present, from the first to the last stamp of each series; holes '
    'are counted, never filled. Key: dataset, series, interval.';
comment on column mart.coverage.dataset is 'Raw table';
comment on column mart.coverage.series is
    'Venue and symbol, asset and fund, vendor, contract (and last_trade), index, vendor and coin, '
    'or meeting';
comment on column mart.coverage."interval" is 'Distance of the rows: 1h, 1d, 1mo';
comment on column mart.coverage.first_at is
    'First stamp held, UTC (bar open, session, day, first of the month)';
comment on column mart.coverage.last_at is 'Last stamp held, UTC';
comment on column mart.coverage.expected is
    'Bars by the clock; XNYS sessions for flows, daily indices and (as a stand-in) quote days of '
    'probabilities; days with CME trading for futures';
comment on column mart.coverage.present is
    'Expected rows that are there; a future that did not trade on a day has no last trade';
comment on column mart.coverage.missing is 'expected - present';
comment on column mart.coverage.outside_calendar is
    'Rows on days that the calendar does not know: before its start (XNYS: 1970), and quotes of a '
    'holiday; no hole can be told there';
