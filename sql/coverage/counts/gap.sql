-- One row per gap in a month of a series that follows the clock, of the months that were counted
-- again.
-- after: count
create or replace temp table coverage_short as
select
    row_number() over () as id, dataset, venue, symbol, "interval", "month", current_rows,
    coverage_step(part, "interval") as step,
    cast(epoch("month") as bigint) // step as first_number,
    (cast(epoch("month" + interval 1 month) as bigint) - 1) // step as last_number
from coverage_recounted
where step is not null and present < last_number - first_number + 1;

-- Of the months from the one to the other: so many at a time as memory allows.
create or replace temp macro coverage_gaps(first_month, last_month) as table
with edge as (
    select short.id, epoch_us(stamp.stamp_at) // (1000000 * short.step) as number
    from coverage_stamp as stamp
    inner join (from coverage_short where "month" between first_month and last_month) as short
        on stamp.dataset = short.dataset and stamp.venue = short.venue
        and stamp.symbol = short.symbol
        and stamp."interval" = short."interval"
        and coverage_month_of(stamp.stamp_at) = short."month"
    where coverage_by_clock(stamp.dataset) and stamp.superseded_at is null
        and stamp.stamp_at >= cast(first_month as timestamptz)
        and stamp.stamp_at < cast(last_month + interval 1 month as timestamptz)
        and epoch_us(stamp.stamp_at) % (1000000 * short.step) = 0
    union all
    -- The numbers beside the month stand for rows, so that the gaps at its ends are found like
    -- those within.
    select id, unnest([first_number - 1, last_number + 1])
    from coverage_short
    where "month" between first_month and last_month
),

gap as (
    select
        id, lag(number) over (partition by id order by number) + 1 as first_number,
        number - 1 as last_number
    from edge
    qualify first_number <= last_number
)

select
    short.dataset, short.venue, short.symbol, short."interval", short."month",
    to_timestamp(gap.first_number * short.step) as first_at,
    to_timestamp(gap.last_number * short.step) as last_at
from gap
inner join coverage_short as short using (id);
create or replace temp table coverage_regapped as
from coverage_gaps(date '1970-01-01', date '1970-01-01');

create or replace temp view coverage_gap as
select *
from ops.coverage_gap
anti join coverage_touched using (dataset, venue, symbol, "interval", "month")
union all by name
select * from coverage_regapped;
