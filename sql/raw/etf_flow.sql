-- One row per asset, fund, session and recorded version.
create table raw.etf_flow (
    asset varchar not null check (asset in ('BTC', 'ETH')),
    ticker varchar not null check (ticker <> ''),
    session date not null check (session >= date '2024-01-11'),
    net_flow_usd double not null check (net_flow_usd > -1e11) check (net_flow_usd < 1e11),
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    payload_sha256 varchar not null
);
comment on table raw.etf_flow is
    'Net creations less redemptions of each US spot fund; a fund that did not report has no row, '
    '0.0 is a reported zero. Key: asset, ticker, session.';
comment on column raw.etf_flow.asset is 'What the fund holds';
comment on column raw.etf_flow.ticker is
    'Fund, as named in seed.fund (the present ticker after a rename)';
comment on column raw.etf_flow.session is 'Trading session of the New York Stock Exchange';
comment on column raw.etf_flow.net_flow_usd is
    'US dollars, negative for an outflow; published in millions with one decimal';
