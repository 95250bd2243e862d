-- One row per vendor, coin, snapshot instant and recorded version.
create table raw.coin_snapshot (
    vendor varchar not null check (vendor <> ''),
    coin varchar not null check (coin <> ''),
    symbol varchar not null check (symbol <> ''),
    snapshot_at timestamptz not null check (snapshot_at >= timestamptz '2009-01-03 00:00:00+00'),
    price_usd double not null check (price_usd > 0),
    market_cap_usd double check (market_cap_usd >= 0),
    volume_24h_usd double check (volume_24h_usd >= 0),
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    payload_sha256 varchar not null
);
comment on table raw.coin_snapshot is
    'Price and market value of a panel of coins at midnight UTC. Key: vendor, coin, snapshot_at.';
comment on column raw.coin_snapshot.vendor is 'Who published the snapshot';
comment on column raw.coin_snapshot.coin is 'The vendor''s identifier, as in seed.coin';
comment on column raw.coin_snapshot.symbol is 'Upper-case ticker; not unique across coins';
comment on column raw.coin_snapshot.snapshot_at is
    'Instant of the snapshot, UTC; midnight closes the day before';
comment on column raw.coin_snapshot.price_usd is 'US dollars per coin';
comment on column raw.coin_snapshot.market_cap_usd is
    'US dollars; null where the vendor gives none';
comment on column raw.coin_snapshot.volume_24h_usd is
    'US dollars over the 24 hours before the snapshot, all venues the vendor follows';
