-- One row per bar that opens far from the close of the one before, when no other venue's market does.
-- severity: warn
-- by day of bars: stamped_at
-- A market that trades all day opens where it closed: hours are missing, stamps are shifted, or two
-- markets were mixed under one symbol.
with bar as (
    select
        venue, symbol, asset, bar_interval, opened_at, open,
        lag(close) over bars as closed,
        case
            when lag(closed_at) over bars = opened_at then ln(open / lag(close) over bars)
        end as gap
    from mart.spot_coarse
    where
        -- And the day before, for the close before the first bar.
        opened_at >= renewed_from() - interval 1 day
        and opened_at < renewed_until()
    window bars as (partition by venue, symbol, bar_interval order by opened_at)
),

wide as (
    select *
    from bar
    where
        abs(gap) > ln(1 + threshold('check_open_gap'))
        and opened_at >= renewed_from()
)

select
    concat_ws(
        ' ', wide.venue, wide.symbol, nullif(wide.bar_interval, '1h'), utc_text(wide.opened_at)
    ) as object,
    format('opened at {:g}, {:.1f} % from the close before, {:g}', wide.open, 100 * (exp(wide.gap) - 1), wide.closed) as detail,
    wide.opened_at as stamped_at
from wide
where not exists (
    select 1 from bar as other
    where
        other.asset = wide.asset and other.bar_interval = wide.bar_interval
        and other.opened_at = wide.opened_at
        and (other.venue, other.symbol) <> (wide.venue, wide.symbol)
        and other.gap / wide.gap > 0.5
);
