-- One row per spot market of a venue.
create table seed.market (
    venue varchar not null check (venue <> ''),
    symbol varchar not null check (symbol <> ''),
    listed_on date check (listed_on >= date '2009-01-03'),
    delisted_on date,
    source varchar not null check (source <> '')
);
comment on table seed.market is 'Since when a venue has traded a market. Key: venue, symbol.';
comment on column seed.market.venue is 'Exchange, as in seed.venue';
comment on column seed.market.symbol is 'Market as its bars are stored';
comment on column seed.market.listed_on is
    'Day of the first trade, UTC; null where no source is at hand: an answer without bars then '
    'tells';
comment on column seed.market.delisted_on is 'Day of the last trade, UTC; null while it trades';
comment on column seed.market.source is 'Page or announcement that gives the day';
