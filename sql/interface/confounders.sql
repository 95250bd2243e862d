-- One row per piece of other news that can have moved the market around an event.
-- A week on either side of the anchors, because the longest window, five sessions, takes one.
create or replace macro confounders(event_name) as table
    with reach as (
        select
            min(earliest_at) - 7 * interval 24 hours as begins_at,
            max(latest_at) + 7 * interval 24 hours as ends_at
        from seed.anchor
        where event = event_name
    ),

    other as (
        select
            event.name, max(nominal_at) as happened_at, min(earliest_at) as earliest_at,
            max(latest_at) as latest_at, arg_max(precision, nominal_at) as precision,
            null as note, event.source, arg_max(how_seen, nominal_at) as how_seen
        from seed.anchor as anchor
        inner join seed.event as event using (event)
        -- An own event is news to no other: what is known of those must not hang on it.
        anti join ops.own_event as own using (event)
        where anchor.event <> event_name and is_candidate
        group by event.name, event.source
    ),

    told as (
        select
            name, happened_at, earliest_at, latest_at, precision, note, source, how_seen
        from seed.confounder
        where event = event_name
        union all
        select other.*
        from other
        inner join reach on other.earliest_at <= ends_at and other.latest_at >= begins_at
    )

    from told
    order by happened_at, name;
comment on macro table confounders is
    'Other news around an event: what seed.confounder names, and every other event of the '
    'catalogue that can be meant within a week of its anchors, at the last of its own. Example: '
    'from confounders(''eo-401k'')';
