-- One row per fund, session and recorded version.
create table raw.etf_bar (
    ticker varchar not null check (ticker <> ''),
    session date not null check (session >= date '2024-01-11'),
    close_usd double not null check (close_usd > 0),
    volume_shares bigint not null check (volume_shares >= 0),
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    payload_sha256 varchar not null
);
comment on table raw.etf_bar is
    'Trading of each US spot fund; a split restates its history. Key: ticker, session.';
comment on column raw.etf_bar.ticker is 'Fund, as named in seed.fund';
comment on column raw.etf_bar.session is 'Trading session of the New York Stock Exchange';
comment on column raw.etf_bar.close_usd is 'US dollars per share, dividends not included';
comment on column raw.etf_bar.volume_shares is 'Shares traded in the session, on all US venues';
