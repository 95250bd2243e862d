-- One row per venue, asset and hour with a bar of the UTC day of an event.
-- after: confounders
create or replace macro event_path(event_name) as table
    with clock as (
        select
            min(earliest_at) as begins_at,
            date_trunc('day', min(nominal_at) filter (where is_candidate) at time zone 'UTC')
                at time zone 'UTC' as day_at
        from seed.anchor
        where event = event_name
    ),

    bar as (
        select venue, asset as instrument, opened_at, close, exp(log_return) - 1 as moved
        from mart.spot_hourly as hourly
        semi join seed.venue as venue using (venue, quote)
        semi join seed.instrument as listed
            on hourly.symbol = listed.instrument and listed.kind = 'spot'
    ),

    path as (
        select bar.*, bar.close / start.close - 1 as moved_since
        from clock
        inner join bar on opened_at >= day_at and opened_at < day_at + interval 24 hours
        left join bar as start
            on start.venue = bar.venue and start.instrument = bar.instrument
            and start.opened_at = day_at - interval 1 hour
    ),

    usual as (
        select
            path.venue, path.instrument, path.opened_at, count(bar.moved) as days,
            count(*) filter (where abs(bar.moved) >= abs(path.moved)) as days_as_large,
            if(days >= threshold('same_hour_days'), (days_as_large + 1) / (days + 1), null) as p
        from path
        inner join bar using (venue, instrument)
        inner join clock on bar.opened_at < begins_at
        where (epoch(path.opened_at) - epoch(bar.opened_at)) % (24 * 3600) = 0
        group by path.venue, path.instrument, path.opened_at
    ),

    news as (
        select anchor as name, true as is_own, nominal_at, earliest_at, latest_at, null as note
        from seed.anchor where event = event_name
        union all
        select name, false, happened_at, earliest_at, latest_at, note from confounders(event_name)
    ),

    told as (
        select
            opened_at,
            list(name order by nominal_at, name) filter (where is_own) as anchors,
            list(name order by nominal_at, name) filter (where not is_own) as others,
            list(note order by nominal_at, name) filter (where note is not null) as notes
        from (select distinct opened_at from path) as hour
        inner join news
            on earliest_at < opened_at + interval 1 hour
            and (latest_at > opened_at or earliest_at >= opened_at)
        group by opened_at
    )

    select
        venue, instrument, opened_at, moved as "return", moved_since as cumulative_return,
        row_number() over (
            partition by venue, instrument order by abs(moved) desc nulls last, opened_at
        ) as size_rank,
        coalesce(days, 0) as days, days_as_large,
        p, if(p is null, null, least(24 * p, 1)) as p_of_day,
        coalesce(anchors, []) as anchors, coalesce(others, []) as others,
        coalesce(notes, []) as notes
    from path
    left join usual using (venue, instrument, opened_at)
    left join told using (opened_at)
    order by venue, instrument, opened_at;
comment on macro table event_path is
    'The UTC day of an event''s first candidate anchor hour by hour: return, and since the day''s '
    'start; on how many of the days held before the event''s first anchor the same hour moved as '
    'much, p = (days_as_large + 1) / (days + 1), and p_of_day, 24 times as much, for an hour that '
    'was chosen among 24; anchors and confounders that may have fallen into the hour. Example: '
    'from event_path(''eo-401k'')';
