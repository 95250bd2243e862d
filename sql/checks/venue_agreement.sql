-- One row per asset and hour in which the venues' closes differ too much.
-- severity: warn
-- A wrong stamp or a bad print on one venue, or USDT off its peg: look at the bars around before using the hour.
select
    asset || ' ' || opened_at as object,
    format('{:.0f} bps between {} venues: ', max(consensus.spread_bps), max(consensus.venues))
        || string_agg(hourly.venue || ' ' || hourly.close, ', ' order by hourly.close) as detail
from mart.spot_consensus as consensus
inner join mart.spot_hourly as hourly using (asset, opened_at)
semi join seed.venue as venue on hourly.venue = venue.venue and hourly.quote = venue.quote
where consensus.spread_bps > threshold('check_venue_spread')
group by asset, opened_at;
