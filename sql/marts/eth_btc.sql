-- One row per venue and hour that has a bar for ether and one for bitcoin.
-- after: spot_hourly
-- by day of bars: opened_at
create or replace table mart.eth_btc as
with dollar as (
    select hourly.*
    from mart.spot_hourly as hourly
    semi join seed.venue as venue on hourly.venue = venue.venue and hourly.quote = venue.quote
    where
        -- And the hour before, for the first return.
        hourly.opened_at >= renewed_from() - interval 1 hour
        and hourly.opened_at < renewed_until()
)
select
    eth.venue,
    eth.opened_at,
    eth.closed_at,
    eth.close / btc.close as ratio,
    case
        when lag(eth.closed_at) over hours = eth.opened_at
            then ln((eth.close / btc.close) / lag(eth.close / btc.close) over hours)
    end as log_return,
    eth.volume_base as volume_base_eth,
    btc.volume_base as volume_base_btc
from dollar as eth
inner join dollar as btc
    on eth.venue = btc.venue and eth.opened_at = btc.opened_at and btc.asset = 'BTC'
where eth.asset = 'ETH'
window hours as (partition by eth.venue order by eth.opened_at)
qualify eth.opened_at >= renewed_from()
order by eth.venue, eth.opened_at;
comment on table mart.eth_btc is
    'Ether in bitcoin: the ratio of the two dollar closes of a venue, not the venue''s own '
    'ETH/BTC market. Key: venue, opened_at.';
comment on column mart.eth_btc.venue is 'Exchange, as named in seed.venue';
comment on column mart.eth_btc.opened_at is 'Start of the hour, UTC';
comment on column mart.eth_btc.closed_at is 'End of the hour, UTC';
comment on column mart.eth_btc.ratio is 'Bitcoin per ether';
comment on column mart.eth_btc.log_return is
    'ln(ratio / ratio of the hour before); null when that hour is missing for either asset';
comment on column mart.eth_btc.volume_base_eth is 'Traded in the ether market, ether';
comment on column mart.eth_btc.volume_base_btc is 'Traded in the bitcoin market, bitcoin';
