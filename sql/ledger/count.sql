-- One row per series and month that versions recorded since the last count touch: what is there now.
-- after: part, due, stamp
create or replace temp macro ledger_month_of(stamp_at) as cast(date_trunc('month', make_timestamp(epoch_us(stamp_at))) as date);
create or replace temp table ledger_touched as
select distinct dataset, venue, symbol, "interval", ledger_month_of(stamp_at) as "month"
from ledger_stamp
where recorded_at > getvariable('ledger_counted_to');
set variable ledger_from = (select cast(min("month") as timestamp) at time zone 'UTC' from ledger_touched);
set variable ledger_until = (select (cast(max("month") as timestamp) + interval 1 month) at time zone 'UTC' from ledger_touched);
set variable ledger_newest = (select max(recorded_at) from ledger_stamp where recorded_at > getvariable('ledger_counted_to'));

create or replace temp table ledger_recounted as
with held as (
    select dataset, venue, symbol, "interval", ledger_month_of(stamp_at) as "month", stamp_at
    from ledger_stamp
    where superseded_at is null and stamp_at >= getvariable('ledger_from') and stamp_at < getvariable('ledger_until')
),

series as (
    select *, ledger_part(dataset, symbol, "interval") as part, ledger_step(part, "interval") as step from ledger_touched
),

by_clock as (
    select
        held.dataset, held.venue, held.symbol, held."interval", held."month", any_value(series.part) as part, count(*) as current_rows,
        count(*) filter (epoch_us(stamp_at) % (1000000 * series.step) = 0) as present,
        current_rows - present as outside_calendar, min(stamp_at) as first_at, max(stamp_at) as last_at
    from held
    inner join series using (dataset, venue, symbol, "interval", "month")
    where series.step is not null
    group by held.dataset, held.venue, held.symbol, held."interval", held."month"
),

by_calendar as (
    select
        held.dataset, held.venue, held.symbol, held."interval", held."month", any_value(series.part) as part, count(*) as current_rows,
        count(distinct due.number) as present, count(distinct stamp_at) filter (due.number is null) as outside_calendar,
        min(stamp_at) as first_at, max(stamp_at) as last_at
    from held
    inner join series using (dataset, venue, symbol, "interval", "month")
    left join ledger_due as due using (part, stamp_at)
    where series.step is null
    group by held.dataset, held.venue, held.symbol, held."interval", held."month"
)

select *, getvariable('ledger_newest') as counted_to from by_clock
union all
select *, getvariable('ledger_newest') from by_calendar;

create or replace temp view ledger_month as
select * from ops.coverage_month anti join ledger_touched using (dataset, venue, symbol, "interval", "month")
union all by name
select * from ledger_recounted;
