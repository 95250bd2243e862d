-- One row per meeting, quote day and target range: the September 2025 meeting around the order,
-- ranges priced above nothing.
select meeting, quoted_on, lower_bps, upper_bps, probability
from raw.fed_probability
where
    superseded_at is null
    and meeting = '2025-09-17'
    and quoted_on between '2025-07-28' and '2025-08-13'
    and probability > 0
order by meeting, quoted_on, lower_bps;
