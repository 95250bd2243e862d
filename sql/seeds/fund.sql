-- One row per fund.
create table seed.fund (
    ticker varchar not null check (ticker <> ''),
    asset varchar not null check (asset in ('BTC', 'ETH')),
    issuer varchar not null check (issuer <> ''),
    launched_on date not null check (launched_on >= date '2024-01-11'),
    former_tickers varchar,
    source varchar not null check (source <> '')
);
comment on table seed.fund is 'US exchange-traded funds that hold bitcoin or ether. Key: ticker.';
comment on column seed.fund.ticker is 'Present ticker, as in raw.etf_flow';
comment on column seed.fund.asset is 'What the fund holds';
comment on column seed.fund.issuer is 'Sponsor of the fund';
comment on column seed.fund.launched_on is
    'First session as a listed fund; for GBTC and ETHE the day of their conversion from closed '
    'trusts';
comment on column seed.fund.former_tickers is
    'Earlier tickers, separated by spaces; null where there is none';
comment on column seed.fund.source is 'Page or notice that gives the day';
