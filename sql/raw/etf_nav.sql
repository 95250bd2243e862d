-- One row per fund, day and recorded version.
create table raw.etf_nav (
    ticker varchar not null check (ticker <> ''),
    dated_on date not null check (dated_on >= date '2013-09-25'),
    shares_outstanding double not null check (shares_outstanding >= 1000) check (shares_outstanding < 1e11),
    nav_usd double not null check (nav_usd > 0) check (nav_usd < 1e5),
    net_assets_usd double check (net_assets_usd >= 0),
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    payload_sha256 varchar not null
);
comment on table raw.etf_nav is
    'Shares outstanding and net asset value as the issuers of six funds publish them: GBTC, BTC, '
    'ETHE and ETH of Grayscale, IBIT and ETHA of iShares. Flows out of it: mart.etf_flow_issuer. '
    'Key: ticker, dated_on.';
comment on column raw.etf_nav.ticker is 'Fund, as named in seed.fund';
comment on column raw.etf_nav.dated_on is
    'Day as printed: the NAV is of its close, the shares are those after the session before';
comment on column raw.etf_nav.shares_outstanding is
    'Shares; a split restates them, for Grayscale all of history at once';
comment on column raw.etf_nav.nav_usd is 'Net asset value per share, US dollars';
comment on column raw.etf_nav.net_assets_usd is
    'Net assets of the fund as printed, US dollars; null where the issuer prints none here (iShares)';
