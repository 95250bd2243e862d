-- One row per venue.
-- claim: a15
-- article: A
-- statement: ETH treasury companies hold about 13 billion USD of ETH
-- stated: 13000000000
-- unit: usd
select
    clock.anchor,
    hourly.venue,
    'ether that the sum stands for at the price of the time' as definition,
    stated('a15') / hourly.close as value,
    min(stated('a15') / day.close) as low,
    max(stated('a15') / day.close) as high,
    'coin' as unit,
    null as agrees,
    'a dated list of the companies'' holdings would decide; there is none here' as note
from seed.anchor as clock
inner join mart.spot_hourly as hourly
    on hourly.asset = 'ETH' and hourly.closed_at = clock.nominal_at
inner join seed.venue as venue on hourly.venue = venue.venue and hourly.quote = venue.quote
inner join mart.spot_hourly as day
    on day.venue = hourly.venue and day.symbol = hourly.symbol
    and day.closed_at between clock.earliest_at and clock.latest_at
where clock.event = 'eo-401k' and clock.anchor = 'publication'
group by clock.anchor, hourly.venue, hourly.close
