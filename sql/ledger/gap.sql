-- One row per wanted series and run of stamps without a row, as numbers. Only months that are short are looked into.
-- after: window
create or replace temp table ledger_short as
from ledger_window
where not is_whole or held < expected;
set variable ledger_from = (select cast(min("month") as timestamp) at time zone 'UTC' from ledger_short where held > 0);
set variable ledger_until = (select (cast(max("month") as timestamp) + interval 1 month) at time zone 'UTC' from ledger_short where held > 0);

create or replace temp table ledger_gap as
with held as (
    select
        short.id, short."month", short.first_number, short.last_number,
        coalesce(epoch_us(stamp.stamp_at) // (1000000 * short.step), due.number) as number
    from coverage_stamp as stamp
    inner join (from ledger_short where held > 0) as short
        on stamp.dataset = short.dataset and stamp.venue = short.venue and stamp.symbol = short.symbol
        and stamp."interval" = short."interval" and coverage_month_of(stamp.stamp_at) = short."month"
    left join coverage_due as due on short.part = due.part and stamp.stamp_at = due.stamp_at
    where stamp.superseded_at is null
        and stamp.stamp_at >= getvariable('ledger_from') and stamp.stamp_at < getvariable('ledger_until')
        and (short.step is null or epoch_us(stamp.stamp_at) % (1000000 * short.step) = 0)
),

-- The numbers beside the window stand for rows, so that the gaps at its ends are found like those within.
edge as (
    select id, "month", number from held where number between first_number and last_number
    union all
    select id, "month", unnest([first_number - 1, last_number + 1]) from ledger_short
),

within_month as (
    select id, lag(number) over (partition by id, "month" order by number) + 1 as first_number, number - 1 as last_number
    from edge
    qualify first_number <= last_number
),

-- A gap that goes on in the next month is one.
numbered as (
    select *, count(*) filter (begins) over (partition by id order by first_number) as run
    from (
        select *, first_number > lag(last_number, 1, first_number - 2) over (partition by id order by first_number) + 1 as begins
        from within_month
    )
)

select id, min(first_number) as first_number, max(last_number) as last_number
from numbered
group by id, run;
