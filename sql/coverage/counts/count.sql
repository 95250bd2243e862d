-- One row per series and month that versions recorded or withdrawn since the last count touch: what
-- is there now.
-- after: part, stamp
-- coverage_counted_to: see marketwake.coverage.counts. Where it is -infinity, all is counted again.
create or replace temp table coverage_touched as
select distinct dataset, venue, symbol, "interval", coverage_month_of(stamp_at) as "month"
from coverage_stamp
where recorded_at > getvariable('coverage_counted_to')
union
select dataset, venue, symbol, "interval", coverage_month_of(stamp_at)
from coverage_stamp
where superseded_at > getvariable('coverage_counted_to')
union
select dataset, venue, symbol, "interval", "month"
from ops.coverage_month
where getvariable('coverage_counted_to') = timestamptz '-infinity';
set variable coverage_from = (select coverage_midnight(min("month")) from coverage_touched);
set variable coverage_until = (
    select coverage_midnight(max("month") + interval 1 month) from coverage_touched
);

create or replace temp table coverage_recounted as
with held as not materialized (
    select dataset, venue, symbol, "interval", coverage_month_of(stamp_at) as "month", stamp_at
    from coverage_stamp
    where superseded_at is null and stamp_at >= getvariable('coverage_from')
        and stamp_at < getvariable('coverage_until')
),

series as (
    select
        touched.*, calendar.part, calendar.calendar,
        coverage_step(calendar.part, "interval") as step
    from coverage_touched as touched
    inner join coverage_calendar as calendar
        on coverage_part(dataset, symbol, "interval") = calendar.part
),

by_clock as (
    select
        dataset, venue, symbol, "interval", "month",
        any_value(series.part) as part, count(*) as current_rows,
        count(*) filter (epoch_us(stamp_at) % (1000000 * series.step) = 0) as present,
        current_rows - present as outside_calendar, min(stamp_at) as first_at, max(stamp_at) as last_at
    from held
    inner join series using (dataset, venue, symbol, "interval", "month")
    where coverage_by_clock(dataset)
    group by dataset, venue, symbol, "interval", "month"
),

by_calendar as (
    select
        dataset, venue, symbol, "interval", "month",
        any_value(series.part) as part, count(*) as current_rows,
        count(distinct due.number) as present,
        count(distinct stamp_at) filter (due.number is null) as outside_calendar,
        min(stamp_at) as first_at, max(stamp_at) as last_at
    from held
    inner join series using (dataset, venue, symbol, "interval", "month")
    left join cal.stamp as due using (calendar, stamp_at)
    where not coverage_by_clock(dataset)
    group by dataset, venue, symbol, "interval", "month"
)

from by_clock
union all
from by_calendar;

create or replace temp view coverage_month as
from ops.coverage_month
anti join coverage_touched using (dataset, venue, symbol, "interval", "month")
union all by name
from coverage_recounted;
