-- One row per index, interval, session and recorded version.
create table raw.index_bar (
    symbol varchar not null check (symbol <> ''),
    bar_interval varchar not null check (bar_interval in ('1d', '1mo')),
    session date not null check (session >= date '1871-01-01'),
    close double not null check (close > 0),
    dividend double check (dividend > 0),
    consumer_price_index double check (consumer_price_index > 0),
    long_rate double check (long_rate > 0 and long_rate < 0.5),
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    payload_sha256 varchar not null
);
comment on table raw.index_bar is
    'US equity price indices, dividends not included; with a monthly one the dividend, the consumer '
    'prices and the long rate of its month. Key: symbol, bar_interval, session.';
comment on column raw.index_bar.symbol is
    'Index, as named in seed.instrument (^GSPC, ^DJI, SHILLER)';
comment on column raw.index_bar.bar_interval is
    '1d: a session; 1mo: a month, for which close is the mean of the daily closes';
comment on column raw.index_bar.session is 'Session, or first day of the month';
comment on column raw.index_bar.close is 'Index points';
comment on column raw.index_bar.dividend is
    'Dividends a year, index points; null where the publisher has none yet, or gives none';
comment on column raw.index_bar.consumer_price_index is
    'Consumer price index of the month, 1982 to 1984 being 100; null as for dividend';
comment on column raw.index_bar.long_rate is
    'Yield of US government bonds of ten years, a fraction; null as for dividend';
