-- One row per wanted series and month of its span: how many stamps are expected, and how many are there.
-- after: span
create or replace temp table ledger_window as
with months as (
    select
        id, part, step, first_at, last_at, first_number, last_number, dataset, venue, symbol, "interval",
        cast(unnest(generate_series(
            date_trunc('month', make_timestamp(epoch_us(first_at))), date_trunc('month', make_timestamp(epoch_us(last_at))), interval 1 month
        )) as date) as "month"
    from ledger_span
),

by_calendar as (
    select part, coverage_month_of(stamp_at) as "month", min(number) as first_number, max(number) as last_number
    from coverage_due
    group by all
),

cut as (
    select
        months.* exclude (first_number, last_number),
        greatest(months.first_number, coalesce(cast(ceil(epoch(months."month") / step) as bigint), due.first_number)) as first_number,
        least(months.last_number, coalesce(
            cast(ceil(epoch(months."month" + interval 1 month) / step) as bigint) - 1, due.last_number
        )) as last_number
    from months
    left join by_calendar as due using (part, "month")
)

select
    cut.id, cut."month", cut.part, cut.step, cut.dataset, cut.venue, cut.symbol, cut."interval", cut.first_number, cut.last_number,
    cut.last_number - cut.first_number + 1 as expected,
    coalesce(held.present, 0) as held,
    -- Where the span cuts through what the month holds, its count does not tell.
    coalesce(held.first_at >= cut.first_at and held.last_at <= cut.last_at, true) as is_whole
from cut
left join coverage_month as held using (dataset, venue, symbol, "interval", "month")
where cut.first_number <= cut.last_number;
