-- One row per asset, session and recorded version.
create table raw.etf_flow_total (
    asset varchar not null check (asset in ('BTC', 'ETH')),
    session date not null check (session >= date '2024-01-11'),
    net_flow_usd double not null check (net_flow_usd > -1e12) check (net_flow_usd < 1e12),
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    payload_sha256 varchar not null
);
comment on table raw.etf_flow_total is
    'The total that the publisher prints for a session; the sum of the funds is checked against '
    'it. Key: asset, session.';
comment on column raw.etf_flow_total.asset is 'What the funds hold';
comment on column raw.etf_flow_total.session is 'Trading session of the New York Stock Exchange';
comment on column raw.etf_flow_total.net_flow_usd is 'US dollars, negative for an outflow';
