-- One row per vendor, futures root, kind of price and day on which a dated contract has a price.
-- after: futures_basis
create or replace table mart.futures_volume as
with front as (
    select distinct vendor, contract, price_kind, day from mart.futures_basis where is_front_month
),

traded as (
    select
        price.vendor, price.root, price.asset, price.price_kind, price.day,
        max(price.available_at) as available_at,
        count(*) as contracts,
        sum(price.volume_contracts) as volume_contracts,
        -- In order: the last digit of a sum of fractions depends on it.
        sum(price.volume_contracts * price.contract_size_coin order by price.contract)
            as volume_coins,
        sum(price.volume_contracts * price.contract_size_coin * price.price_usd order by price.contract)
            as volume_usd,
        sum(price.open_interest_contracts) as open_interest_contracts,
        max(front.contract) as front_contract,
        sum(price.volume_contracts) filter (where front.contract is not null) as front_volume
    from stg.futures_price as price
    left join front using (vendor, contract, price_kind, day)
    where price.price_kind <> 'continuous'
    group by price.vendor, price.root, price.asset, price.price_kind, price.day
)

select
    vendor, root, asset, price_kind, day, available_at,
    cast(contracts as integer) as contracts,
    cast(volume_contracts as bigint) as volume_contracts, volume_coins, volume_usd,
    cast(open_interest_contracts as bigint) as open_interest_contracts,
    front_contract,
    front_volume / nullif(volume_contracts, 0) as front_share,
    case
        when count(volume_coins) over of_asset > 1
            then volume_coins / nullif(sum(volume_coins order by root) over of_asset, 0)
    end as asset_share
from traded
window of_asset as (partition by vendor, asset, price_kind, day)
order by vendor, root, price_kind, day;
comment on table mart.futures_volume is
    'What was traded in all dated contracts of a CME product, the standard ones (BTC, ETH) beside '
    'the micros (MBT, MET). Key: vendor, root, price_kind, day.';
comment on column mart.futures_volume.vendor is 'Who published the prices';
comment on column mart.futures_volume.root is 'Product, as named in seed.futures_root';
comment on column mart.futures_volume.asset is 'Underlying coin';
comment on column mart.futures_volume.price_kind is 'last_trade or settlement';
comment on column mart.futures_volume.day is 'UTC day (last_trade) or session (settlement)';
comment on column mart.futures_volume.available_at is 'When the public could know all of it, UTC';
comment on column mart.futures_volume.contracts is 'Contract months with a price on the day';
comment on column mart.futures_volume.volume_contracts is
    'Contracts traded in the day; null where the vendor gives none';
comment on column mart.futures_volume.volume_coins is
    'The same in coins: a standard contract is 5 bitcoin or 50 ether, a micro a tenth of a coin';
comment on column mart.futures_volume.volume_usd is 'The same at each contract''s price, US dollars';
comment on column mart.futures_volume.open_interest_contracts is
    'Contracts open at the end of the day; null where the vendor gives none, as Yahoo and the '
    'bundled vendor do: dropped files can have it';
comment on column mart.futures_volume.front_contract is
    'The front month, as in mart.futures_basis; null where every contract has less than five days '
    'left';
comment on column mart.futures_volume.front_share is
    'Its share of the volume in contracts, fraction; null where nothing was traded';
comment on column mart.futures_volume.asset_share is
    'Share of this product in the coins traded in all held products of the asset, fraction; null '
    'where only one is held';
