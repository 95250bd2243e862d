-- Which flows and bars were restated, when did we learn of it, and by how much?
-- One row per fund flow or spot bar (its close; a change of 0 is one of its other figures) that was published again with another value.
with version as (
    select
        'etf_flow' as dataset, concat_ws(' ', asset, ticker, session) as key, net_flow_usd as value,
        recorded_at
    from raw.etf_flow
    union all
    select 'spot_bar', concat_ws(' ', venue, symbol, bar_interval, utc_text(opened_at)), close, recorded_at
    from raw.spot_bar
)

select
    dataset, key,
    lag(value) over versions as value_before,
    value as value_after,
    value_after - value_before as change,
    recorded_at as learned_at
from version
window versions as (partition by dataset, key order by recorded_at)
qualify row_number() over versions > 1
order by learned_at, dataset, key;
