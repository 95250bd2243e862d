-- One row per raw table or part of it: how its stamps follow one another, and when each is public.
-- Stamps that follow a calendar are numbered by it (cal.stamp).
create or replace temp macro coverage_part(dataset, symbol, bar_interval) as case
    when dataset = 'futures_price'
        then if(symbol like '% last_trade', 'futures_last_trade', 'futures_settlement')
    when dataset = 'index_bar' and bar_interval = '1mo' then 'index_bar_monthly'
    else dataset
end;
-- A variable is a constant to the optimizer: tables that cannot match are not read.
set variable coverage_clocked = (select list(dataset) from seed.dataset where calendar = 'clock');
create or replace temp macro coverage_by_clock(part) as
    list_contains(getvariable('coverage_clocked'), part);
-- Seconds between the stamps of a series that follows the clock; null for one that follows a
-- calendar.
create or replace temp macro coverage_step(part, bar_interval) as
    case
        when coverage_by_clock(part) then cast(epoch(cast(bar_interval as interval)) as bigint)
    end;
-- Number of the last stamp of a clock that is public at an instant; numbers count steps from
-- 1970-01-01 00:00 UTC.
create or replace temp macro coverage_public_number(part_after_end, part_hours, step, instant) as
    cast(floor((epoch(instant) - 3600 * part_hours) / step) as bigint) - if(part_after_end, 1, 0);
create or replace temp table coverage_calendar as
select dataset as part, calendar, counted_from = 'end' as after_end, available_after_hours as hours
from seed.dataset
where calendar is not null;
-- What a calendar's stamps are public some hours after: the stamp itself, or its end.
create or replace temp view coverage_known as
select calendar, number, false as after_end, stamp_at as known_at from cal.stamp
union all
select calendar, number, true, ended_at from cal.stamp;
create or replace temp macro coverage_hours_before(instant, hours) as
    instant - to_seconds(cast(3600 * hours as double));
