-- One row per venue and market of a coin of the universe that the venue's newest list says to trade
-- in its dollar.
-- after: coin_ticker, spot_listing
create or replace view stg.coin_market as
select
    listing.venue,
    listing.symbol,
    ticker.coin,
    ticker.class,
    ticker.best_rank,
    ticker.first_ranked_on,
    ticker.last_ranked_on
from stg.spot_listing as listing
inner join (select venue, max(seen_on) as seen_on from stg.spot_listing group by venue) as newest
    using (venue, seen_on)
inner join seed.venue as venue on listing.venue = venue.venue and listing.quote = venue.quote
inner join stg.coin_ticker as ticker on listing.asset = ticker.symbol
where listing.is_trading and ticker.is_current and ticker.has_own_price;
comment on view stg.coin_market is
    'Markets in which the coins of the panel can be bought now, coins that have left the list '
    'included; stablecoins, wrapped, staked and tokenised coins are left out. Key: venue, symbol.';
