-- One row per wanted series and run of missing stamps that have the same reason.
-- after: gap, request
create or replace temp table ledger_hole as
with covered as (
    select *, max(last_number) over earlier as before
    from ledger_request
    window earlier as (
        partition by id, is_answered order by first_number, last_number
        rows between unbounded preceding and 1 preceding
    )
),

islands as (
    select *, count(*) filter (before is null or first_number > before + 1)
        over (partition by id, is_answered order by first_number, last_number) as island
    from covered
),

-- Overlapping requests are one stretch: nights ask again for what the night before had asked for.
stretch as (
    select id, is_answered, min(first_number) as first_number, max(last_number) as last_number
    from islands
    group by id, is_answered, island
),

bound as (
    select id, unnest([first_number, last_number + 1]) as number from stretch
    union all
    select id, public_number + 1 from ledger_span
    union all
    select id, listed_number from ledger_span where listed_number is not null
),

cut as (
    select id, first_number as number, last_number from ledger_gap
    union
    select gap.id, bound.number, gap.last_number
    from ledger_gap as gap
    inner join bound on gap.id = bound.id and bound.number > gap.first_number and bound.number <= gap.last_number
),

piece as (
    select
        id, number as first_number,
        coalesce(lead(number) over (partition by id, last_number order by number) - 1, last_number) as last_number
    from cut
),

told as (
    select
        piece.*,
        case
            when piece.first_number < span.listed_number then 'not listed yet'
            when piece.first_number > span.public_number then 'not yet published'
            when answered.id is not null then 'confirmed absent'
            when failed.id is not null then 'source error'
            else 'not fetched'
        end as reason
    from piece
    inner join ledger_span as span using (id)
    left join (from stretch where is_answered) as answered
        on piece.id = answered.id and piece.first_number between answered.first_number and answered.last_number
    left join (from stretch where not is_answered) as failed
        on piece.id = failed.id and piece.first_number between failed.first_number and failed.last_number
),

run as (
    select *, count(*) filter (begins) over (partition by id order by first_number) as run
    from (
        select *, not coalesce(
            reason = lag(reason) over earlier and first_number = lag(last_number) over earlier + 1, false
        ) as begins
        from told
        window earlier as (partition by id order by first_number)
    )
)

select id, min(first_number) as first_number, max(last_number) as last_number, any_value(reason) as reason
from run
group by id, run;
