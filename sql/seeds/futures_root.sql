-- One row per futures product.
create table seed.futures_root (
    root varchar not null check (root <> ''),
    asset varchar not null check (asset in ('BTC', 'ETH')),
    contract_size_coin double not null check (contract_size_coin > 0),
    calendar varchar not null check (calendar in ('CME_CRYPTO')),
    first_month date not null check (first_month >= date '2017-12-01'),
    source varchar not null check (source <> '')
);
comment on table seed.futures_root is 'CME futures on bitcoin and ether. Key: root.';
comment on column seed.futures_root.root is 'Product code, the first letters of a contract''s name';
comment on column seed.futures_root.asset is 'What it is a future on';
comment on column seed.futures_root.contract_size_coin is 'Coins per contract';
comment on column seed.futures_root.calendar is 'Its hours, as in cal.session';
comment on column seed.futures_root.first_month is 'First day of the first contract month';
comment on column seed.futures_root.source is 'Rulebook or specification';
