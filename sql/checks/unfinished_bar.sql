-- One row per venue and symbol with bars that were stored before they were finished.
-- severity: error
-- by day of bars: stamped_at
-- An unfinished bar is not a fact: the source kept the newest bar although opened_at + interval
-- lies after the fetch.
select
    venue || ' ' || symbol as object, count(*) || ' bars, first opened ' || utc_text(min(opened_at)) as detail,
    null as stamped_at
from stg.spot_bar
where
    closed_at > recorded_at
    and opened_at >= renewed_from() and opened_at < renewed_until()
group by venue, symbol;
