-- One row per meeting and quote day whose probabilities do not sum to one.
-- severity: warn
-- A target range is missing, or a percentage was read as a fraction.
select
    meeting || ' quoted ' || quoted_on as object, format('sum {:.4f}', sum(probability)) as detail
from stg.fed_probability
group by meeting, quoted_on
having abs(sum(probability) - 1) > threshold('check_probability_sum');
