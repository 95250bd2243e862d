-- One row per vendor, day of a list, rank and recorded version.
create table raw.coin_rank (
    vendor varchar not null check (vendor <> ''),
    ranked_on date not null check (ranked_on >= date '2014-01-01'),
    rank integer not null check (rank >= 1),
    coin varchar not null check (coin <> ''),
    symbol varchar not null check (symbol <> ''),
    market_cap_usd double check (market_cap_usd >= 0),
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    payload_sha256 varchar not null
);
comment on table raw.coin_rank is
    'The largest coins by market value on the days that the vendor was asked for them: who '
    'belonged to the panel, and since when. A second list of a day restates it. Key: vendor, '
    'ranked_on, rank.';
comment on column raw.coin_rank.vendor is 'Who published the list';
comment on column raw.coin_rank.ranked_on is 'UTC day of asking';
comment on column raw.coin_rank.rank is 'Place in the list by market value, 1 the largest';
comment on column raw.coin_rank.coin is 'The vendor''s identifier, as in seed.coin';
comment on column raw.coin_rank.symbol is 'Upper-case ticker; not unique across coins';
comment on column raw.coin_rank.market_cap_usd is
    'US dollars at the instant of asking; null where the vendor gives none';
