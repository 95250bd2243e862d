-- One row per anchor of an event and close at which a window that hangs on it may start.
create or replace macro anchor_hours(event_name) as table
    with closed as (
        select
            *,
            date_trunc('hour', nominal_at at time zone 'UTC') at time zone 'UTC' as nominal_hour,
            date_trunc('hour', earliest_at at time zone 'UTC') at time zone 'UTC' as first_hour
        from seed.anchor
        where event = event_name
    ),

    spread as (
        select *, unnest(generate_series(first_hour, latest_at, interval 1 hour)) as hour_at
        from closed
    )

    select anchor, is_candidate, note, nominal_at, hour_at, hour_at = nominal_hour as is_nominal
    from spread
    order by nominal_at, anchor, hour_at;
comment on macro table anchor_hours is
    'The closes, on the hour, at which a window after each anchor of an event may start: every one '
    'from the last at or before the earliest instant to the last at or before the latest; '
    'is_nominal marks the last at or before the nominal instant. Example: from '
    'anchor_hours(''eo-401k'')';
