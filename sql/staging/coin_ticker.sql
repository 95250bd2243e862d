-- One row per ticker that a coin of the universe has borne: the coin that it stands for on an
-- exchange.
-- after: coin_universe
create or replace view stg.coin_ticker as
with borne as (
    select
        coin, symbol, max(ranked_on) as last_ranked_on,
        arg_max(rank, (ranked_on, -rank)) as last_rank
    from stg.coin_rank
    group by coin, symbol
)

select
    borne.symbol,
    borne.coin,
    universe.class,
    universe.has_own_price,
    borne.symbol = universe.symbol as is_current,
    universe.best_rank,
    universe.first_ranked_on,
    universe.last_ranked_on
from borne
inner join stg.coin_universe as universe using (coin)
-- An exchange names a market by its ticker alone, which two coins can share.
qualify row_number() over (partition by borne.symbol order by borne.last_ranked_on desc, borne.last_rank, borne.coin) = 1;
comment on view stg.coin_ticker is
    'Which coin a ticker stands for: of several, the one that bore it on the newest list, then '
    'the larger. is_current is false where the coin has another ticker by now.';
