-- One row per series and stamp whose price doubles or halves at once, or leaves the prices on both sides of it, alone among the venues.
-- severity: warn
-- by day of bars: stamped_at
-- reach in days: 2 * threshold('check_stale_days')
-- beside bars: everything
-- A slipped decimal, a changed unit, a name given to another thing, or news about one coin: look at
-- the stamps around it and at another venue.
with price as (
    select
        concat_ws(' ', 'spot_bar', venue, symbol, nullif(bar_interval, '1h')) as series, venue,
        asset || ' ' || bar_interval as market, opened_at as stamped_at, close as price
    from mart.spot_coarse
    where
        opened_at >= read_from()
        and opened_at < read_until()
    union all
    select 'coin_snapshot ' || vendor || ' ' || coin, null, null, snapshot_at, price_usd
    from stg.coin_snapshot
    union all
    select 'index_bar ' || symbol, null, null, cast(session as timestamp) at time zone 'UTC', close
    from stg.index_bar
    where bar_interval = '1d'
    union all
    select
        'etf_bar ' || ticker, null, null, cast(session as timestamp) at time zone 'UTC', close_usd
    from stg.etf_bar
),

move as (
    select
        *,
        -- Over a hole in the series a price may go anywhere.
        case
            when epoch(stamped_at) - epoch(lag(stamped_at) over stamps) <= near
                then ln(price / lag(price) over stamps)
        end as since_last,
        case
            when epoch(lead(stamped_at) over stamps) - epoch(stamped_at) <= near
                then ln(price / lead(price) over stamps)
        end as until_next,
        case
            when epoch(stamped_at) - epoch(lag(stamped_at, 2) over stamps) <= 2 * near
                then ln(price / lag(price, 2) over stamps)
        end as since_before_last
    from price cross join (select 86400 * threshold('check_stale_days') as near)
    window stamps as (partition by series order by stamped_at)
),

jump as (
    select * from move
    where
        -- Back where it was before a jump is the end of that jump and no other.
        (abs(since_last) > ln(threshold('check_jump_ratio')) and coalesce(abs(since_before_last) > ln(1 + threshold('check_spike')), true))
        or (
            sign(since_last) = sign(until_next)
            and least(abs(since_last), abs(until_next)) > ln(1 + threshold('check_spike'))
        )
)

select
    jump.series || ' ' || utc_text(jump.stamped_at) as object,
    concat(
        format('{:g}: {:.2f} times the one before', jump.price, exp(jump.since_last)),
        format(', {:.2f} times the next', exp(jump.until_next))
    ) as detail,
    case when jump.venue is not null then jump.stamped_at end as stamped_at
from jump
where (jump.venue is null or jump.stamped_at >= renewed_from() and jump.stamped_at < renewed_until())
    and not exists (
        select 1 from move as other
        where
            other.market = jump.market and other.stamped_at = jump.stamped_at
            and other.venue <> jump.venue
            and other.since_last / jump.since_last > 0.5
    );
