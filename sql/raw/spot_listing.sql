-- One row per venue, symbol, day of asking and recorded version.
create table raw.spot_listing (
    venue varchar not null check (venue <> ''),
    symbol varchar not null check (symbol <> ''),
    seen_on date not null check (seen_on >= date '2009-01-03'),
    is_trading boolean not null,
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    payload_sha256 varchar not null
);
comment on table raw.spot_listing is
    'Spot markets that a venue listed on the days that it was asked: only those quoted in its '
    'dollar (seed.venue.quote). A market that a later list of the venue lacks is gone. Key: '
    'venue, symbol, seen_on.';
comment on column raw.spot_listing.venue is 'Exchange, as named in seed.venue';
comment on column raw.spot_listing.symbol is 'Market in base/quote form, as in raw.spot_bar';
comment on column raw.spot_listing.seen_on is 'UTC day of asking';
comment on column raw.spot_listing.is_trading is
    'Whether the venue said that it trades, not halted or closed';
