-- One row per meeting, quote day and target range: the current version.
create or replace view stg.fed_probability as
select
    meeting,
    quoted_on,
    lower_bps,
    upper_bps,
    probability,
    (cast(quoted_on as timestamp) + available_after('fed_probability')) at time zone 'UTC'
        as available_at,
    recorded_at
from raw.fed_probability
where superseded_at is null;
comment on view stg.fed_probability is
    'Probabilities of the federal funds target range as they stand now; an end-of-day quote in '
    'Chicago, public on the UTC day after.';
