-- One row per version of a raw table that follows a calendar or the clock, with its series and
-- stamp.
create or replace temp macro coverage_midnight(day) as cast(day as timestamp) at time zone 'UTC';
create or replace temp macro coverage_month_of(stamp_at) as
    cast(date_trunc('month', make_timestamp(epoch_us(stamp_at))) as date);
create or replace temp view coverage_stamp as
select
    'spot_bar' as dataset, venue, symbol, bar_interval as "interval", opened_at as stamp_at,
    recorded_at, superseded_at
from raw.spot_bar
union all
select
    'etf_flow', 'Farside', asset || ' ' || ticker, '1d', coverage_midnight(session),
    recorded_at, superseded_at
from raw.etf_flow
union all
select 'etf_nav', 'Issuers', ticker, '1d', coverage_midnight(dated_on), recorded_at, superseded_at
from raw.etf_nav
union all
select 'etf_bar', 'Yahoo', ticker, '1d', coverage_midnight(session), recorded_at, superseded_at
from raw.etf_bar
union all
select
    'futures_price', vendor, contract || if(price_kind = 'last_trade', ' last_trade', ''), '1d',
    coverage_midnight(day), recorded_at, superseded_at
from raw.futures_price
-- Yahoo's last trades are of the weekends and holidays between its settlements: no calendar has a
-- stamp for them, and none of them tells whether a settlement is there.
where not (vendor = 'Yahoo' and price_kind = 'last_trade')
union all
select
    'fed_funds_price', 'Yahoo', contract, '1d', coverage_midnight(session), recorded_at, superseded_at
from raw.fed_funds_price
union all
select
    'index_bar', if(bar_interval = '1mo', 'Shiller', 'Yahoo'), symbol, bar_interval,
    coverage_midnight(session), recorded_at, superseded_at
from raw.index_bar
union all
select 'coin_snapshot', vendor, coin, '1d', snapshot_at, recorded_at, superseded_at
from raw.coin_snapshot
union all
select
    'fed_probability', 'CME', cast(meeting as varchar), '1d', coverage_midnight(quoted_on),
    recorded_at, superseded_at
from raw.fed_probability;
