-- One row per figure and as-of day: the current version.
create or replace view stg.reference_figure as
select figure, as_of, value, unit, publisher, source, how_seen, recorded_at
from raw.reference_figure
where superseded_at is null;
comment on view stg.reference_figure is
    'Single published figures as they stand now; as_of is the day they speak of, not the day of '
    'their publication, which is not recorded.';
