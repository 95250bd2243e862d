-- One row per anchor of the order, venue and way to compare: the volume after it over the usual.
create or replace macro order_volume(asset_name, hours) as table
    with usual as (
        select response.*, clock.note
        from event_response('eo-401k') as response
        inner join seed.anchor as clock using (event, anchor)
        where response.measure = 'volume_ratio' and response.instrument = asset_name
            and response.window_unit = 'hour' and response.window_length = hours
    ),

    hour as (
        select
            anchor, is_candidate, note, nominal_at, to_hours(cast(hours as integer)) as length,
            unnest(generate_series(earliest_at, latest_at, interval 1 hour)) as hour_at
        from seed.anchor
        where event = 'eo-401k'
    ),

    traded as (
        select
            anchor, is_candidate, note, venue.venue, hour_at = nominal_at as is_nominal,
            count(closed_at) = 7 * 24 + hours as is_whole,
            sum(volume_base order by closed_at) filter (where closed_at > hour_at) as after,
            sum(volume_base order by closed_at)
                filter (where closed_at > hour_at - length and closed_at <= hour_at) as same_before,
            sum(volume_base order by closed_at) filter (where closed_at <= hour_at) as week_before
        from hour
        cross join (from seed.venue semi join mart.spot_hourly using (venue, quote)) as venue
        left join mart.spot_hourly as hourly
            on hourly.venue = venue.venue and hourly.quote = venue.quote
            and hourly.asset = asset_name
            and closed_at > hour_at - 7 * interval 24 hours and closed_at <= hour_at + length
        group by anchor, is_candidate, note, nominal_at, length, hour_at, venue.venue
    ),

    compared as (
        select
            *, 'volume over the ' || cast(hours as integer) || ' hours before' as definition,
            if(is_whole, after / same_before, null) as ratio
        from traded
        union all
        select
            *, 'volume over the 7 days before',
            if(is_whole, after / (week_before / (7 * 24 / hours)), null)
        from traded
    )

    select
        anchor, venue, definition,
        max(ratio) filter (where is_nominal) as value, min(ratio) as low, max(ratio) as high,
        'ratio' as unit, is_candidate,
        case
            when not is_candidate then note
            when value is null then 'hourly bars of the window are missing'
        end as note
    from compared
    group by anchor, is_candidate, note, venue, definition
    union all
    select
        anchor, venue, 'volume over the usual hours of the week', value, low, high, 'ratio',
        is_candidate,
        case
            when not is_candidate then note
            when value is null then missing || ' hourly bars of the window are missing'
        end
    from usual
    union all
    select
        anchor, venue, 'rank among earlier windows', rank_share, null, null, 'fraction',
        is_candidate,
        if(is_candidate, 'share of the windows of six weeks before with as much volume', note)
    from usual;
comment on macro table order_volume is
    'Spot volume of an asset in the hours after the order, from each anchor and on each venue: '
    'over as many hours and over the 7 days before, over the usual hours of the week, and its '
    'rank among earlier windows. Example: from order_volume(''ETH'', 24)';
