-- One row per part that follows a calendar, and stamp: its number in the calendar, and when its
-- figure is public.
-- after: part
create or replace temp table coverage_due as
select
    part.part,
    stamp.number,
    stamp.stamp_at,
    if(part.after_end, stamp.ended_at, stamp.stamp_at)
        + to_seconds(cast(3600 * part.hours as double)) as public_at
from coverage_calendar as part
inner join cal.stamp as stamp using (calendar)
order by part.part, stamp.number;
