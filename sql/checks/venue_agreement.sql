-- One row per asset and hour in which the venues' closes differ by more than 1 %.
-- severity: warn
-- A wrong stamp or a bad print on one venue, or USDT off its peg: look at the bars around before using the hour.
select asset || ' ' || opened_at as object, format('{:.0f} bps between {} venues', spread_bps, venues) as detail
from mart.spot_consensus
where spread_bps > 100;
