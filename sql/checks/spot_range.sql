-- One row per asset, length of bar and open in which one venue's high or low lies far beyond that of every other venue.
-- severity: warn
-- by day of bars: stamped_at
-- A bad print, or one venue's book emptied in a crash: highs and lows of that bar are no level
-- that the market saw. Closes: venue_agreement.
with reach as (
    select bar.asset, bar.bar_interval, bar.opened_at, bar.venue, bar.high, bar.low
    from mart.spot_coarse as bar
    semi join seed.venue as venue on bar.venue = venue.venue and bar.quote = venue.quote
    where
        bar.opened_at >= renewed_from()
        and bar.opened_at < renewed_until()
),

beside as (
    select
        asset, bar_interval, opened_at,
        max(high) as highest, max(high, 2)[2] as next_high, arg_max(venue, high) as highest_on,
        min(low) as lowest, min(low, 2)[2] as next_low, arg_min(venue, low) as lowest_on
    from reach
    group by asset, bar_interval, opened_at
    having count(*) > 1
)

select
    concat_ws(' ', asset, nullif(bar_interval, '1h'), utc_text(opened_at)) as object,
    concat_ws(
        '; ',
        case
            when highest > next_high * (1 + threshold('check_range_excess'))
                then format('high {:g} on {}, next {:g}', highest, highest_on, next_high)
        end,
        case
            when lowest < next_low / (1 + threshold('check_range_excess'))
                then format('low {:g} on {}, next {:g}', lowest, lowest_on, next_low)
        end
    ) as detail,
    opened_at as stamped_at
from beside
where highest > next_high * (1 + threshold('check_range_excess'))
    or lowest < next_low / (1 + threshold('check_range_excess'));
