-- One row per venue, asset and hour of the event's day: how far it moved, and how rare that is.
-- column: return: Return of the hour, fraction
-- column: cumulative_return: Return since the day's start, fraction
-- column: size_rank: 1 is the largest move of the 24 hours, up or down
-- column: days: Days held before the event
-- column: days_as_large: Those on which the same hour moved as far, up or down
-- column: p: (days_as_large + 1) / (days + 1)
-- column: p_of_day: 24 times p, 1 at most: for an hour that was chosen among 24
-- column: anchors: Anchors of the event that may have fallen into the hour
-- column: others: Other news that may have
-- column: notes: What is said of it
-- default: event = eo-401k
-- among: event = select event from seed.event order by event
select
    venue, instrument, opened_at, "return", cumulative_return, size_rank, days, days_as_large, p,
    p_of_day, anchors, others, notes
from event_path($event)
order by venue, instrument, opened_at;
