-- One row per spot venue.
create table seed.venue (
    venue varchar not null check (venue <> ''),
    kind varchar not null check (kind in ('spot')),
    quote varchar not null check (quote <> ''),
    source varchar not null check (source <> '')
);
comment on table seed.venue is 'Exchanges whose bars are kept. Key: venue.';
comment on column seed.venue.venue is 'Exchange, as in raw.spot_bar';
comment on column seed.venue.kind is 'What is traded there';
comment on column seed.venue.quote is
    'Currency in which the venue is read; USDT is a stablecoin and not the dollar';
comment on column seed.venue.source is 'Page that documents the bars';
