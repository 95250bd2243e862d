-- One row per figure and as-of day: all of them.
select figure, as_of, value, unit, publisher, source, how_seen
from raw.reference_figure
where superseded_at is null
order by figure, as_of;
