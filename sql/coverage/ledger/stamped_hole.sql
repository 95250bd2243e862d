-- One row per hole: its stamps, how often it was asked for and what was last said, and when the
-- first of its figures is public.
-- after: hole
create or replace temp view ledger_stamped_hole as
with requested as (
    select
        hole.id, hole.first_number,
        -- A source that had failed before is spared the rest of its requests.
        count(*) filter (not starts_with(coalesce(request.error, ''), 'not asked')) as attempts,
        arg_max(request.error, request.requested_at)
            filter (request.error is not null) as last_error
    from ledger_hole as hole
    inner join ledger_request as request
        on hole.id = request.id and request.first_number <= hole.last_number
        and request.last_number >= hole.first_number
    group by hole.id, hole.first_number
)

select
    span.id, span.dataset, span.venue, span.symbol, span."interval",
    coalesce(first.stamp_at, to_timestamp(hole.first_number * span.step)) as first_at,
    coalesce(last.stamp_at, to_timestamp(hole.last_number * span.step)) as last_at,
    hole.last_number - hole.first_number + 1 as missing,
    hole.reason,
    coalesce(requested.attempts, 0) as attempts,
    requested.last_error,
    coalesce(
        if(span.after_end, first.ended_at, first.stamp_at),
        to_timestamp((hole.first_number + if(span.after_end, 1, 0)) * span.step)
    ) + to_seconds(cast(3600 * span.hours as double)) as public_at
from ledger_hole as hole
inner join ledger_span as span using (id)
left join requested on hole.id = requested.id and hole.first_number = requested.first_number
left join cal.stamp as first
    on span.calendar = first.calendar and hole.first_number = first.number
left join cal.stamp as last
    on span.calendar = last.calendar and hole.last_number = last.number;
