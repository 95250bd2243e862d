-- One row per wanted series: what is expected and what is there.
-- after: hole
create or replace temp view ledger_series as
with missing as (
    select
        id, sum(last_number - first_number + 1) as missing,
        max(last_number) filter (reason = 'confirmed absent') as absent_to
    from ledger_hole
    group by id
),

held as (
    select dataset, venue, symbol, "interval", min(first_at) as first_at, max(last_at) as last_at
    from coverage_month
    group by all
)

select
    span.dataset, span.venue, span.symbol, span."interval", span.part,
    span.first_at as wanted_from, span.last_at as wanted_to,
    span.last_number - span.first_number + 1 as expected,
    expected - coalesce(missing.missing, 0) as present,
    coalesce(missing.missing, 0) as missing,
    held.first_at, held.last_at,
    greatest(held.last_at, coalesce(due.stamp_at, to_timestamp(missing.absent_to * span.step)))
        as settled_to,
    span.last_number >= span.public_number as is_running
from ledger_span as span
left join missing using (id)
left join held using (dataset, venue, symbol, "interval")
left join cal.stamp as due
    on span.calendar = due.calendar and missing.absent_to = due.number;
