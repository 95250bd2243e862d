-- One row per wanted series and month of its span, as numbers.
-- after: span
create or replace temp table ledger_window as
with months as (
    select
        id, calendar, step, first_number, last_number, dataset, venue, symbol, "interval",
        cast(unnest(generate_series(
            coverage_month_of(first_at)::timestamp, coverage_month_of(last_at)::timestamp,
            interval 1 month
        )) as date) as "month"
    from ledger_span
),

by_calendar as (
    select
        calendar, coverage_month_of(stamp_at) as "month", min(number) as first_number,
        max(number) as last_number
    from cal.stamp
    group by all
),

cut as (
    select
        months.* exclude (first_number, last_number),
        greatest(months.first_number, coalesce(cast(ceil(epoch(months."month") / step) as bigint), due.first_number)) as first_number,
        least(months.last_number, coalesce(
            cast(ceil(epoch(months."month" + interval 1 month) / step) as bigint) - 1,
            due.last_number
        )) as last_number
    from months
    left join by_calendar as due using (calendar, "month")
    -- A month that the calendar does not know expects nothing. (XNYS: before 1970.)
    where months.step is not null or due.calendar is not null
)

select
    cut.id, cut."month", cut.calendar, cut.step, cut.dataset, cut.venue, cut.symbol, cut."interval",
    cut.first_number, cut.last_number,
    held.present is not null as is_held
from cut
left join coverage_month as held using (dataset, venue, symbol, "interval", "month")
where cut.first_number <= cut.last_number;
