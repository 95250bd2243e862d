-- One row per wanted series: its stamps as numbers, first to last, and the last that is public now.
-- The series as numbers: see sql/coverage/counts.
create or replace temp table ledger_span as
with wanted as (
    select
        expected.*, calendar.part, calendar.calendar, calendar.after_end, calendar.hours,
        coverage_step(calendar.part, "interval") as step
    from ledger_expected as expected
    inner join coverage_calendar as calendar
        on coverage_part(dataset, symbol, "interval") = calendar.part
),

numbered as (
    select
        wanted.*,
        coalesce(cast(ceil(epoch(first_at) / step) as bigint), first.number) as first_number,
        coalesce(cast(floor(epoch(last_at) / step) as bigint), last.number) as last_number
    from wanted
    asof left join cal.stamp as first
        on wanted.calendar = first.calendar and wanted.first_at <= first.stamp_at
    asof left join cal.stamp as last
        on wanted.calendar = last.calendar and wanted.last_at >= last.stamp_at
),

public as (
    select part.part, max(known.number) as number
    from coverage_calendar as part
    inner join coverage_known as known using (calendar, after_end)
    where known.known_at <= coverage_hours_before(getvariable('ledger_now'), part.hours)
    group by part.part
),

listed as (
    select 'spot_bar' as dataset, venue, symbol, listed_on from seed.market
    union all
    select 'etf_flow', 'Farside', asset || ' ' || ticker, launched_on from seed.fund
    union all
    select 'etf_nav', 'Issuers', ticker, launched_on from seed.fund
    union all
    select 'etf_bar', 'Yahoo', ticker, launched_on from seed.fund
)

select
    numbered.id, numbered.dataset, numbered.venue, numbered.symbol, numbered."interval",
    numbered.first_at, numbered.last_at,
    numbered.part, numbered.calendar, numbered.after_end, numbered.hours, numbered.step,
    numbered.first_number, numbered.last_number,
    coalesce(
        coverage_public_number(
            numbered.after_end, numbered.hours, numbered.step, getvariable('ledger_now')
        ),
        public.number, 0
    ) as public_number,
    case
        when numbered.step is not null
            then cast(ceil(epoch(coverage_midnight(listed.listed_on)) / numbered.step) as bigint)
        else due.number
    end as listed_number
from numbered
left join public using (part)
left join listed using (dataset, venue, symbol)
asof left join cal.stamp as due
    on numbered.calendar = due.calendar
    and coverage_midnight(listed.listed_on) <= due.stamp_at
where numbered.first_number <= numbered.last_number;
