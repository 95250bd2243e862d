-- One row per anchor, venue, instrument, measure and window of an event: the figure at the nominal
-- instant.
-- low and high are the least and greatest value over all closes at which a window after the anchor
-- may start, the nominal one included.
create or replace macro event_response(event_name) as table
    with spread as (
        select
            *,
            min(value) over same as low,
            max(value) over same as high
        from mart.event_response
        where event = event_name
        window same as (partition by anchor, venue, instrument, measure, window_length)
    )

    select spread.*, anchor.is_candidate
    from spread
    inner join seed.anchor as anchor using (event, anchor)
    where spread.is_nominal;
comment on macro table event_response is
    'What each market did in the windows after each anchor of an event, at the nominal instant; '
    'low and high span all closes at which the window may start. Example: from '
    'event_response(''eo-401k'')';
