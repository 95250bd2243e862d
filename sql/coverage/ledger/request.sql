-- One row per request that asked for a wanted series, with the stamps it spoke of as numbers: those
-- that were public by then.
-- after: span
create or replace temp table ledger_request as
with wanted as (
    select
        span.id, span.calendar, span.after_end, span.hours, span.step, request.status = 'loaded' as is_answered,
        request.requested_at, request.error,
        greatest(request.first_at, span.first_at) as first_at,
        least(request.last_at, span.last_at) as last_at
    from ops.request as request
    inner join ledger_span as span using (dataset, venue, symbol, "interval")
    where request.first_at <= span.last_at and request.last_at >= span.first_at
)

select
    wanted.id, wanted.is_answered, wanted.requested_at, wanted.error,
    coalesce(cast(ceil(epoch(wanted.first_at) / wanted.step) as bigint), first.number)
        as first_number,
    least(
        coalesce(cast(floor(epoch(wanted.last_at) / wanted.step) as bigint), last.number),
        coalesce(
            coverage_public_number(
                wanted.after_end, wanted.hours, wanted.step, wanted.requested_at
            ),
            public.number
        )
    ) as last_number
from wanted
asof left join cal.stamp as first
    on wanted.calendar = first.calendar and wanted.first_at <= first.stamp_at
asof left join cal.stamp as last
    on wanted.calendar = last.calendar and wanted.last_at >= last.stamp_at
asof left join coverage_known as public
    on wanted.calendar = public.calendar and wanted.after_end = public.after_end
    and coverage_hours_before(wanted.requested_at, wanted.hours) >= public.known_at;
delete from ledger_request where not coalesce(first_number <= last_number, false);
