-- One row per fund, kind of answer, day and recorded version.
create table raw.etf_shares (
    ticker varchar not null check (ticker <> ''),
    kind varchar not null check (kind in ('history', 'quote')),
    observed_on date not null check (observed_on >= date '2010-01-01'),
    shares_outstanding bigint not null check (shares_outstanding > 0),
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    payload_sha256 varchar not null
);
comment on table raw.etf_shares is
    'How many shares of a fund Yahoo says are outstanding, where it says so; not every fund has a '
    'count, and a quoted one can be old. Key: ticker, kind, observed_on.';
comment on column raw.etf_shares.ticker is 'Fund, as named in seed.fund';
comment on column raw.etf_shares.kind is
    'history: dated by Yahoo; quote: what its quote said on the day of asking, whatever the age '
    'of the count';
comment on column raw.etf_shares.observed_on is
    'UTC day: of the count for a history, of asking for a quote';
comment on column raw.etf_shares.shares_outstanding is 'Shares';
