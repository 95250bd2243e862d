-- One row per anchor, venue and way to compare: the volume after an event over that before.
-- `vote` says whether it rose clearly: at most one ordinary window in ten had as much, of the
-- hourly starts of six weeks whose windows end before the event.
-- after: anchor_hours
create or replace macro event_volume(event_name, asset_name, hours) as table
    with summed as (
        select
            venue, closed_at,
            case when count(*) over next_hours = hours then sum(volume_base) over next_hours end
                as after,
            case when count(*) over last_hours = hours then sum(volume_base) over last_hours end
                as before,
            case when count(*) over week = 168 then sum(volume_base) over week * hours / 168 end
                as usual
        from mart.spot_hourly as bar
        -- Six weeks of windows, the week before the first of them, and what follows the event.
        inner join (
            select min(hour_at) as first_at, max(hour_at) as last_at
            from anchor_hours(event_name)
        )
            on bar.closed_at > first_at - 50 * interval 24 hours
            and bar.closed_at <= last_at + to_hours(cast(hours as integer))
        where bar.asset = asset_name
            and (bar.venue, bar.quote) in (select (v.venue, v.quote) from seed.venue as v)
        window
            next_hours as (
                partition by venue order by closed_at
                range between interval 1 hour following
                and to_hours(cast(hours as integer)) following
            ),
            last_hours as (
                partition by venue order by closed_at
                range between to_hours(cast(hours as integer) - 1) preceding and current row
            ),
            week as (
                partition by venue order by closed_at
                range between interval 167 hours preceding and current row
            )
    ),

    compared as (
        select
            venue, closed_at, unnest(['before', 'week']) as definition,
            unnest([after / before, after / usual]) as ratio
        from summed
    ),

    ordinary as (
        select
            venue, definition,
            coalesce(list(ratio) filter (where ratio is not null), []) as ratios
        from compared
        cross join (
            select min(hour_at) as begins_at from anchor_hours(event_name) where is_candidate
        )
        where closed_at >= begins_at - 42 * interval 24 hours
            and closed_at <= begins_at - to_hours(cast(hours as integer))
        group by all
    ),

    placed as (
        select
            hour.anchor, hour.is_nominal, ordinary.venue, ordinary.definition,
            compared.ratio, len(ordinary.ratios) as windows,
            len(list_filter(ordinary.ratios, lambda other: other >= compared.ratio))
            / len(ordinary.ratios) as rank_share
        from anchor_hours(event_name) as hour
        cross join ordinary
        left join compared
            on compared.venue = ordinary.venue and compared.definition = ordinary.definition
            and compared.closed_at = hour.hour_at
        union all
        select
            anchor, is_nominal, venue, 'usual', value, baseline_count, rank_share
        from mart.event_response
        where event = event_name and measure = 'volume_ratio' and instrument = asset_name
            and window_unit = 'hour' and window_length = hours
    )

    select
        anchor, venue, definition,
        max(ratio) filter (where is_nominal) as value,
        case when count(*) = count(ratio) then min(ratio) end as low,
        case when count(*) = count(ratio) then max(ratio) end as high,
        case when low is not null then vote_not(
            vote_above(min(rank_share), max(rank_share), threshold('clear_rise_rank'))
        ) end as vote,
        coalesce(
            format(
                '{:.0f} % of {} ordinary windows had as much',
                100 * max(rank_share) filter (where is_nominal), max(windows)
            ),
            'hourly bars are missing'
        ) as note
    from placed
    group by anchor, venue, definition
    union all
    select null, null, 'before', null, null, null, null, 'no hourly bars are held'
    where not exists (from ordinary);
comment on macro table event_volume is
    'Spot volume of an asset in the hours after an event over as many hours before (before), over '
    'the week before (week) and over the usual hours of the week (usual), from each anchor and on '
    'each venue; low and high span the hours at which the anchor may have been. Example: from '
    'event_volume(''eo-401k'', ''ETH'', 24)';
