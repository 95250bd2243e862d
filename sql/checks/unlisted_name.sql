-- One row per fund or coin in a raw table that no seed table explains.
-- severity: warn
-- New funds and coins appear by themselves: marts leave them out until the name stands in the seed
-- table, with its source.
select 'seed.fund' as object, 'fund ' || ticker || ' of raw.etf_flow' as detail
from (select distinct ticker from stg.etf_flow) anti join seed.fund using (ticker)
union all
select 'seed.fund', 'fund ' || ticker || ' of raw.etf_bar'
from (select distinct ticker from stg.etf_bar) anti join seed.fund using (ticker)
union all
select 'seed.fund', 'fund ' || ticker || ' of raw.etf_nav'
from (select distinct ticker from stg.etf_nav) anti join seed.fund using (ticker)
union all
select 'seed.fund', 'fund ' || ticker || ' of raw.etf_shares'
from (select distinct ticker from stg.etf_shares) anti join seed.fund using (ticker)
union all
select 'seed.coin', 'coin ' || coin || ' of raw.coin_snapshot'
from (select distinct coin from stg.coin_snapshot) anti join seed.coin using (coin);
