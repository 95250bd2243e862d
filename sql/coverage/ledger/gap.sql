-- One row per wanted series and run of stamps without a row, as numbers.
-- after: window
create or replace temp table ledger_gap as
with by_clock as (
    -- Months that hold nothing are one gap; the gaps of the others are kept.
    select id, first_number, last_number from ledger_window where step is not null and not is_held
    union all
    select
        cut.id,
        greatest(cut.first_number, cast(epoch(gap.first_at) as bigint) // cut.step),
        least(cut.last_number, cast(epoch(gap.last_at) as bigint) // cut.step)
    from ledger_window as cut
    inner join coverage_gap as gap using (dataset, venue, symbol, "interval", "month")
    where cut.step is not null
        and cast(epoch(gap.first_at) as bigint) // cut.step <= cut.last_number
        and cast(epoch(gap.last_at) as bigint) // cut.step >= cut.first_number
),

edge as (
    select cut.id, cut."month", due.number
    from coverage_stamp as stamp
    inner join (from ledger_window where step is null and is_held) as cut
        on stamp.dataset = cut.dataset and stamp.venue = cut.venue and stamp.symbol = cut.symbol
        and stamp."interval" = cut."interval" and coverage_month_of(stamp.stamp_at) = cut."month"
    inner join cal.stamp as due on cut.calendar = due.calendar and stamp.stamp_at = due.stamp_at
    where not coverage_by_clock(stamp.dataset) and stamp.superseded_at is null
        and due.number between cut.first_number and cut.last_number
    union all
    -- The numbers beside the window stand for rows, so that the gaps at its ends are found like
    -- those within.
    select id, "month", unnest([first_number - 1, last_number + 1])
    from ledger_window
    where step is null
),

by_calendar as (
    select
        id, lag(number) over (partition by id, "month" order by number) + 1 as first_number,
        number - 1 as last_number
    from edge
    qualify first_number <= last_number
),

within_month as (
    from by_clock
    union all
    from by_calendar
),

-- A gap that goes on in the next month is one.
numbered as (
    select *, count(*) filter (begins) over (partition by id order by first_number) as run
    from (
        select
            *,
            first_number > lag(last_number, 1, first_number - 2)
                over (partition by id order by first_number) + 1 as begins
        from within_month
    )
)

select id, min(first_number) as first_number, max(last_number) as last_number
from numbered
group by id, run;
