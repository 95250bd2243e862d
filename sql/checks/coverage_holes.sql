-- One row per series with holes between its first and its last stamp.
-- severity: warn
-- A venue outage, a fund that did not report, or something not fetched: see mart.coverage.
select
    concat_ws(' ', dataset, series, "interval") as object,
    format('{} of {} missing', missing, expected) as detail
from mart.coverage
-- A contract that did not trade on a day has no last trade: that is no hole.
where missing > 0 and not (dataset = 'futures_price' and series like '% last_trade');
