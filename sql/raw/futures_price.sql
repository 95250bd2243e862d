-- One row per vendor, contract, kind of price, day and recorded version.
create table raw.futures_price (
    vendor varchar not null check (vendor <> ''),
    root varchar not null check (root <> ''),
    contract varchar not null check (contract <> ''),
    price_kind varchar not null check (price_kind in ('last_trade', 'settlement', 'continuous')),
    day date not null check (day >= date '2017-12-17'),
    observed_at timestamptz not null check (observed_at >= timestamptz '2017-12-17 00:00:00+00'),
    price_usd double not null check (price_usd > 0),
    volume_contracts bigint check (volume_contracts >= 0),
    open_interest_contracts bigint check (open_interest_contracts >= 0),
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    payload_sha256 varchar not null
);
comment on table raw.futures_price is
    'CME futures prices at contract level, each with the instant it was observed. Key: vendor, '
    'contract, price_kind, day.';
comment on column raw.futures_price.vendor is 'Who published the price';
comment on column raw.futures_price.root is
    'Product, as named in seed.futures_root (BTC, ETH, MBT, MET)';
comment on column raw.futures_price.contract is
    'Root, month code and last digit of the year, e.g. METQ5';
comment on column raw.futures_price.price_kind is
    'last_trade: last trade of the UTC day or session; settlement: CME daily settlement; '
    'continuous: front-month series, a low-trust fallback';
comment on column raw.futures_price.day is
    'UTC day (last_trade) or session (settlement, continuous) of the price';
comment on column raw.futures_price.observed_at is
    'Instant of the price, UTC: spot is joined as of it';
comment on column raw.futures_price.price_usd is 'US dollars per coin';
comment on column raw.futures_price.volume_contracts is 'Contracts traded in the day';
comment on column raw.futures_price.open_interest_contracts is
    'Open contracts at the end of the day';
