-- One row per series with holes between its first and its last stamp.
-- severity: warn
-- A venue outage, a fund that did not report, a contract that did not trade, or something not fetched: see mart.coverage.
select concat_ws(' ', dataset, series, "interval") as object, format('{} of {} missing', missing, expected) as detail
from mart.coverage
where missing > 0;
