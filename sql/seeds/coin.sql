-- One row per coin of the panel.
create table seed.coin (
    coin varchar not null check (coin <> ''),
    symbol varchar not null check (symbol <> ''),
    class varchar not null check (class in ('bitcoin', 'ether', 'stablecoin', 'wrapped', 'staked', 'tokenised', 'commodity', 'altcoin')),
    source varchar not null check (source <> '')
);
comment on table seed.coin is
    'What kind of asset each coin of the panel is; the market of altcoins is the class altcoin '
    'alone. Key: coin.';
comment on column seed.coin.coin is 'CoinGecko identifier';
comment on column seed.coin.symbol is 'Upper-case ticker';
comment on column seed.coin.class is
    'stablecoin: held at a dollar; wrapped: a claim on another coin; staked: a receipt for a '
    'staked or lent coin; tokenised: a loan book; commodity: backed by metal; altcoin: the rest';
comment on column seed.coin.source is 'Page of the coin, and why it is not an altcoin';
