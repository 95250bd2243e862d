-- One row per meeting, quote day and target range.
create or replace view mart.fed_probability as
select meeting, quoted_on, lower_bps, upper_bps, probability, available_at, 'FedWatch' as origin
from stg.fed_probability
union all
select
    implied.meeting, implied.quoted_on,
    cast(threshold('fed_target_lower_bps') as integer) + implied.change_bps,
    cast(threshold('fed_target_lower_bps') as integer) + implied.change_bps + 25,
    implied.probability,
    (cast(implied.quoted_on as timestamp) + available_after('fed_probability')) at time zone 'UTC',
    'federal funds futures'
from mart.fed_probability_implied as implied
anti join stg.fed_probability as published using (meeting, quoted_on)
-- The futures tell changes; the range that they start from held from 2024-12-19 to 2025-09-17.
where implied.quoted_on between '2024-12-19' and '2025-09-17';
comment on view mart.fed_probability is
    'Probabilities of the federal funds target range after a meeting: FedWatch''s own, and where '
    'it is not held those that the futures imply. Key: meeting, quoted_on, lower_bps.';
comment on column mart.fed_probability.meeting is 'Last day of the FOMC meeting';
comment on column mart.fed_probability.quoted_on is 'Day of the quote, end of day in Chicago';
comment on column mart.fed_probability.lower_bps is 'Lower end of the target range, basis points';
comment on column mart.fed_probability.upper_bps is 'Upper end of the target range, basis points';
comment on column mart.fed_probability.probability is 'Fraction';
comment on column mart.fed_probability.available_at is 'When the public could know it, UTC';
comment on column mart.fed_probability.origin is
    'FedWatch, or federal funds futures by FedWatch''s method';
