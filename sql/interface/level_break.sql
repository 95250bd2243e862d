-- One row per venue and way to say that a level was broken: the first time from the UTC day of an
-- event on.
-- after: venues_with
create or replace macro level_break(event_name, asset_name, level_usd) as table
    with began as (
        select min(nominal_at) as at_midnight
        from seed.anchor
        where event = event_name and is_candidate
    ),

    bar as (
        select
            venue.venue, hourly.opened_at at time zone 'UTC' as opened_at, hourly.high,
            hourly.close,
            hourly.opened_at >= began.at_midnight as is_after,
            began.at_midnight at time zone 'UTC' as at_midnight
        from venues_with(asset_name) as venue
        cross join began
        left join mart.spot_hourly as hourly
            on hourly.venue = venue.venue and hourly.asset = asset_name
            and (hourly.venue, hourly.quote) in (select (v.venue, v.quote) from seed.venue as v)
    ),

    touch as (
        select
            venue,
            min(opened_at) filter (where is_after and high >= level_usd) as traded_at,
            min(opened_at) filter (where is_after and close >= level_usd) as closed_at,
            max(opened_at) filter (where not is_after and high >= level_usd) as traded_before_at,
            -- Whose bars begin later may have missed the first time.
            min(opened_at) filter (where is_after) >= any_value(at_midnight) + interval 24 hours
                as is_late
        from bar
        group by venue
    ),

    broken as (
        select
            venue, coalesce(is_late, false) as is_late,
            unnest(['trade', 'close', 'before']) as definition,
            unnest([
                if(is_late, null, traded_at), if(is_late, null, closed_at), traded_before_at
            ]) as broken_at
        from touch
    )

    select
        definition, venue, cast(strftime(broken_at, '%Y%m%d') as double) as value,
        coalesce(
            strftime(broken_at, 'in the hour of %H:%M UTC'),
            if(is_late, 'no bars of the days after the event', 'not reached in the data')
        ) as note
    from broken;
comment on macro table level_break is
    'When an asset first traded (trade), and first closed an hour (close), at a level or above '
    'from the UTC day of an event on, on each venue whose bars begin by then, and when it last traded '
    'there before; value is the day, written yyyymmdd. Example: from '
    'level_break(''eo-401k'', ''BTC'', 122000)';
