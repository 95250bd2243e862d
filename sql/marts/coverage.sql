-- One row per dataset, series and interval that has at least one row.
create or replace table mart.coverage as
with stamp as (
    select 'etf_flow' as dataset, asset || ' ' || ticker as series, '1d' as "interval", 'XNYS' as calendar, session as due_on from stg.etf_flow
    union all
    select 'etf_bar', ticker, '1d', 'XNYS', session from stg.etf_bar
    union all
    select 'fed_funds_price', contract, '1d', 'CME_CRYPTO', session from stg.fed_funds_price
    union all
    select 'index_bar', symbol, bar_interval, case bar_interval when '1d' then 'XNYS' else 'month' end, session from stg.index_bar
    union all
    select 'coin_snapshot', vendor || ' ' || coin, '1d', 'day', cast(snapshot_at at time zone 'UTC' as date) from stg.coin_snapshot
    union all
    select distinct 'fed_probability', cast(meeting as varchar), '1d', 'XNYS', quoted_on from stg.fed_probability
    union all
    select
        'futures_price', concat_ws(' ', vendor, contract, price_kind), '1d',
        case price_kind when 'last_trade' then 'CME_CRYPTO day' else 'CME_CRYPTO' end, day
    from stg.futures_price
),

due as (
    select calendar, session as due_on from cal.session
    union
    -- A last trade is stamped with its UTC day, and a session covers two or more: it opens on the evening before.
    select 'CME_CRYPTO day', cast(unnest(generate_series(
        date_trunc('day', opens_at at time zone 'UTC'), closes_at at time zone 'UTC', interval 1 day
    )) as date)
    from cal.session where calendar = 'CME_CRYPTO'
    union all
    select calendar, cast(unnest(generate_series(min(due_on), max(due_on), if(calendar = 'day', interval 1 day, interval 1 month))) as date)
    from stamp
    where calendar in ('day', 'month')
    group by calendar
),

series as (
    select dataset, series, "interval", calendar, min(due_on) as first_on, max(due_on) as last_on, count(*) as stamps
    from stamp
    group by all
),

expected as (
    select series.*, count(due.due_on) as expected, count(stamp.due_on) as present
    from series
    left join due on series.calendar = due.calendar and due.due_on between series.first_on and series.last_on
    left join stamp
        on series.dataset = stamp.dataset and series.series = stamp.series and series."interval" = stamp."interval" and due.due_on = stamp.due_on
    group by all
)

select
    'spot_bar' as dataset, venue || ' ' || symbol as series, bar_interval as "interval",
    min(opened_at) as first_at, max(opened_at) as last_at,
    cast(round(epoch(max(opened_at) - min(opened_at)) / min(epoch(closed_at - opened_at))) as bigint) + 1 as expected,
    count(*) as present, expected - present as missing, 0 as outside_calendar
from stg.spot_bar
group by venue, symbol, bar_interval
union all
select
    dataset, series, "interval",
    cast(first_on as timestamp) at time zone 'UTC', cast(last_on as timestamp) at time zone 'UTC',
    expected, present, expected - present, stamps - present
from expected
order by dataset, series, "interval";
comment on table mart.coverage is
    'Rows expected against rows present, from the first to the last stamp of each series; holes are counted, never filled. Key: dataset, series, interval.';
comment on column mart.coverage.dataset is 'Raw table';
comment on column mart.coverage.series is 'Venue and symbol, asset and fund, vendor, contract and kind of price, index, vendor and coin, or meeting';
comment on column mart.coverage."interval" is 'Distance of the rows: 1h, 1d, 1mo';
comment on column mart.coverage.first_at is 'First stamp held, UTC (bar open, session, day, first of the month)';
comment on column mart.coverage.last_at is 'Last stamp held, UTC';
comment on column mart.coverage.expected is
    'Bars by the clock; XNYS sessions for flows, daily indices and (as a stand-in) quote days of probabilities; days with CME trading for futures';
comment on column mart.coverage.present is 'Expected rows that are there; a future that did not trade on a day has no last trade';
comment on column mart.coverage.missing is 'expected - present';
comment on column mart.coverage.outside_calendar is 'Rows on days that the calendar does not know: before its start (XNYS: 1970), and quotes of a holiday; no hole can be told there';
