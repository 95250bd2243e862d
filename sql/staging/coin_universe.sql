-- One row per coin that was ever on a list of the largest.
-- after: coin_rank
create or replace view stg.coin_universe as
select
    coin,
    arg_max(symbol, ranked_on) as symbol,
    any_value(class) as class,
    -- The price of the others is that of something else: of a dollar, of another coin, of metal, of
    -- a loan book.
    coalesce(any_value(class) in ('bitcoin', 'ether', 'altcoin'), true) as has_own_price,
    min(ranked_on) as first_ranked_on,
    max(ranked_on) as last_ranked_on,
    min(rank) as best_rank,
    arg_max(rank, (ranked_on, -rank)) as last_rank
from stg.coin_rank
group by coin;
comment on view stg.coin_universe is
    'The panel of coins with its dates: a coin that has left the list stays. symbol is its newest '
    'ticker, which another coin can share; has_own_price is false for stablecoins, wrapped, '
    'staked and tokenised coins; last_rank is of last_ranked_on.';
