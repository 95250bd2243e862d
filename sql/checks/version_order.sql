-- One row per raw table with versions that were closed before they were opened.
-- severity: error
-- as_known_at cannot see such a version at any instant. The clock went backwards, or rows were edited by hand: replay from landing.
with version as (
    select 'raw.spot_bar' as object, recorded_at, superseded_at from raw.spot_bar
    union all
    select 'raw.etf_flow', recorded_at, superseded_at from raw.etf_flow
    union all
    select 'raw.etf_flow_total', recorded_at, superseded_at from raw.etf_flow_total
    union all
    select 'raw.futures_price', recorded_at, superseded_at from raw.futures_price
    union all
    select 'raw.index_bar', recorded_at, superseded_at from raw.index_bar
    union all
    select 'raw.coin_snapshot', recorded_at, superseded_at from raw.coin_snapshot
    union all
    select 'raw.coin_rank', recorded_at, superseded_at from raw.coin_rank
    union all
    select 'raw.spot_listing', recorded_at, superseded_at from raw.spot_listing
    union all
    select 'raw.fed_probability', recorded_at, superseded_at from raw.fed_probability
    union all
    select 'raw.etf_bar', recorded_at, superseded_at from raw.etf_bar
    union all
    select 'raw.etf_shares', recorded_at, superseded_at from raw.etf_shares
    union all
    select 'raw.fed_funds_price', recorded_at, superseded_at from raw.fed_funds_price
    union all
    select 'raw.reference_figure', recorded_at, superseded_at from raw.reference_figure
)

select object, count(*) || ' versions superseded at or before they were recorded, first recorded ' || min(recorded_at) as detail
from version
where superseded_at <= recorded_at
group by object;
