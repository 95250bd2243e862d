-- One row per gap in a month of a series that follows the clock, of the months that were counted again.
-- after: count
create or replace temp table coverage_regapped as
with short as (
    select
        dataset, venue, symbol, "interval", "month",
        coverage_step(part, "interval") as step,
        cast(epoch("month") as bigint) // coverage_step(part, "interval") as first_number,
        (cast(epoch("month" + interval 1 month) as bigint) - 1) // coverage_step(part, "interval") as last_number
    from coverage_recounted
    where coverage_step(part, "interval") is not null and present < last_number - first_number + 1
),

edge as (
    select
        short.dataset, short.venue, short.symbol, short."interval", short."month", short.step,
        epoch_us(stamp.stamp_at) // (1000000 * short.step) as number
    from coverage_stamp as stamp
    inner join short
        on stamp.dataset = short.dataset and stamp.venue = short.venue and stamp.symbol = short.symbol
        and stamp."interval" = short."interval" and coverage_month_of(stamp.stamp_at) = short."month"
    where stamp.dataset in ('spot_bar', 'coin_snapshot') and stamp.superseded_at is null
        and stamp.stamp_at >= getvariable('coverage_from') and stamp.stamp_at < getvariable('coverage_until')
        and epoch_us(stamp.stamp_at) % (1000000 * short.step) = 0
    union all
    -- The numbers beside the month stand for rows, so that the gaps at its ends are found like those within.
    select dataset, venue, symbol, "interval", "month", step, unnest([first_number - 1, last_number + 1])
    from short
)

select
    dataset, venue, symbol, "interval", "month",
    to_timestamp((lag(number) over (partition by dataset, venue, symbol, "interval", "month" order by number) + 1) * step) as first_at,
    to_timestamp((number - 1) * step) as last_at
from edge
qualify first_at <= last_at;

create or replace temp view coverage_gap as
select * from ops.coverage_gap anti join coverage_touched using (dataset, venue, symbol, "interval", "month")
union all by name
select * from coverage_regapped;
