-- One row per venue, symbol and hour that opens far from the close of the hour before, when no other venue's market does.
-- severity: warn
-- A market that trades all day opens where it closed: hours are missing, stamps are shifted, or two
-- markets were mixed under one symbol.
with bar as (
    select
        venue, symbol, asset, opened_at, open,
        lag(close) over hours as closed,
        case
            when lag(closed_at) over hours = opened_at then ln(open / lag(close) over hours)
        end as gap
    from mart.spot_hourly
    window hours as (partition by venue, symbol order by opened_at)
),

wide as (
    select * from bar where abs(gap) > ln(1 + threshold('check_open_gap'))
)

select
    wide.venue || ' ' || wide.symbol || ' ' || utc_text(wide.opened_at) as object,
    format('opened at {:g}, {:.1f} % from the close before, {:g}', wide.open, 100 * (exp(wide.gap) - 1), wide.closed) as detail
from wide
where not exists (
    select 1 from bar as other
    where
        other.asset = wide.asset and other.opened_at = wide.opened_at
        and (other.venue, other.symbol) <> (wide.venue, wide.symbol)
        and other.gap / wide.gap > 0.5
);
