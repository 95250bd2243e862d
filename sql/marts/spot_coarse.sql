-- One row per venue, symbol, length of bar from an hour up, and open.
-- after: spot_hourly
create or replace view mart.spot_coarse as
select
    venue, symbol, asset, quote, '1h' as bar_interval, opened_at, closed_at, open, high, low, close,
    volume_base
from mart.spot_hourly
union all
select
    venue, symbol, asset, quote, bar_interval, opened_at, closed_at, open, high, low, close,
    volume_base
from stg.spot_bar
where bar_interval in ('2h', '4h', '6h', '8h', '12h', '1d');
comment on view mart.spot_coarse is
    'Spot bars of an hour or longer, as the data checks compare them: the hours of '
    'mart.spot_hourly, and the venues'' own longer bars. Key: venue, symbol, bar_interval, '
    'opened_at.';
comment on column mart.spot_coarse.venue is 'Exchange, as named in seed.venue';
comment on column mart.spot_coarse.symbol is 'Market in base/quote form';
comment on column mart.spot_coarse.asset is 'Base currency';
comment on column mart.spot_coarse.quote is 'Currency of the prices';
comment on column mart.spot_coarse.bar_interval is 'Length of the bar';
comment on column mart.spot_coarse.opened_at is 'Start of the bar, UTC';
comment on column mart.spot_coarse.closed_at is 'End of the bar, UTC';
comment on column mart.spot_coarse.open is 'First trade, in quote currency';
comment on column mart.spot_coarse.high is 'Highest trade, in quote currency';
comment on column mart.spot_coarse.low is 'Lowest trade, in quote currency';
comment on column mart.spot_coarse.close is 'Last trade, in quote currency';
comment on column mart.spot_coarse.volume_base is 'Traded volume, in base currency';
