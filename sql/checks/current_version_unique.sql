-- One row per key of a raw table that has more than one current version.
-- severity: error
-- The loader lets one version be current; two mean that a batch was loaded around it. Replay from landing.
select 'raw.spot_bar' as object, concat_ws(' ', venue, symbol, bar_interval, opened_at) as detail
from raw.spot_bar
where superseded_at is null group by venue, symbol, bar_interval, opened_at having count(*) > 1
union all
select 'raw.etf_flow', concat_ws(' ', asset, ticker, session)
from raw.etf_flow
where superseded_at is null group by asset, ticker, session having count(*) > 1
union all
select 'raw.etf_flow_total', concat_ws(' ', asset, session)
from raw.etf_flow_total
where superseded_at is null group by asset, session having count(*) > 1
union all
select 'raw.futures_price', concat_ws(' ', vendor, contract, price_kind, day)
from raw.futures_price
where superseded_at is null group by vendor, contract, price_kind, day having count(*) > 1
union all
select 'raw.index_bar', concat_ws(' ', symbol, bar_interval, session)
from raw.index_bar
where superseded_at is null group by symbol, bar_interval, session having count(*) > 1
union all
select 'raw.coin_snapshot', concat_ws(' ', vendor, coin, snapshot_at)
from raw.coin_snapshot
where superseded_at is null group by vendor, coin, snapshot_at having count(*) > 1
union all
select 'raw.coin_rank', concat_ws(' ', vendor, ranked_on, rank)
from raw.coin_rank
where superseded_at is null group by vendor, ranked_on, rank having count(*) > 1
union all
select 'raw.spot_listing', concat_ws(' ', venue, symbol, seen_on)
from raw.spot_listing
where superseded_at is null group by venue, symbol, seen_on having count(*) > 1
union all
select 'raw.fed_probability', concat_ws(' ', meeting, quoted_on, lower_bps)
from raw.fed_probability
where superseded_at is null group by meeting, quoted_on, lower_bps having count(*) > 1
union all
select 'raw.etf_bar', concat_ws(' ', ticker, session)
from raw.etf_bar
where superseded_at is null group by ticker, session having count(*) > 1
union all
select 'raw.etf_shares', concat_ws(' ', ticker, kind, observed_on)
from raw.etf_shares
where superseded_at is null group by ticker, kind, observed_on having count(*) > 1
union all
select 'raw.fed_funds_price', concat_ws(' ', contract, session)
from raw.fed_funds_price
where superseded_at is null group by contract, session having count(*) > 1
union all
select 'raw.reference_figure', concat_ws(' ', figure, as_of)
from raw.reference_figure
where superseded_at is null group by figure, as_of having count(*) > 1;
