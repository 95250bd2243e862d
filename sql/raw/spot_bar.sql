-- One row per venue, symbol, interval, bar open and recorded version.
create table raw.spot_bar (
    venue varchar not null check (venue <> ''),
    symbol varchar not null check (symbol <> ''),
    bar_interval varchar not null check (bar_interval in ('1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d')),
    opened_at timestamptz not null check (opened_at >= timestamptz '2009-01-03 00:00:00+00'),
    open double not null check (open > 0),
    high double not null,
    low double not null check (low > 0),
    close double not null check (close > 0),
    volume_base double not null check (volume_base >= 0),
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    payload_sha256 varchar not null,
    check (high >= open),
    check (high >= close),
    check (low <= open),
    check (low <= close)
);
comment on table raw.spot_bar is
    'Finished spot bars as the venue published them. Key: venue, symbol, bar_interval, opened_at.';
comment on column raw.spot_bar.venue is 'Exchange, as named in seed.venue';
comment on column raw.spot_bar.symbol is 'Market in base/quote form, e.g. BTC/USD';
comment on column raw.spot_bar.bar_interval is 'Length of the bar';
comment on column raw.spot_bar.opened_at is
    'Start of the bar, UTC; it is finished at opened_at + bar_interval';
comment on column raw.spot_bar.open is 'First trade, in quote currency';
comment on column raw.spot_bar.high is 'Highest trade, in quote currency';
comment on column raw.spot_bar.low is 'Lowest trade, in quote currency';
comment on column raw.spot_bar.close is 'Last trade, in quote currency';
comment on column raw.spot_bar.volume_base is 'Traded volume, in base currency';
