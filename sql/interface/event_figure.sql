-- One row per anchor and venue: one measure of the study after an event; without an anchor where
-- nothing is held.
-- after: event_response
create or replace macro event_figure(
    event_name, measure_name, instrument_name, unit_name, length
) as table
    with response as (
        select anchor, venue, value, low, high, missing
        from event_response(event_name)
        where measure = measure_name and instrument = instrument_name
            and window_unit = unit_name and window_length = length
    )

    select
        anchor, venue, value, low, high,
        if(value is null, missing || ' bars or sessions of the window are missing', null) as note
    from response
    union all
    select null, null, null, null, null, 'nothing of the kind is held'
    where not exists (from response);
comment on macro table event_figure is
    'A measure of mart.event_response after each anchor of an event, with its lowest and highest '
    'value over the hours at which the anchor may have been; a row without a figure where nothing '
    'is held. Example: from event_figure(''eo-401k'', ''return'', ''BTC'', ''hour'', 24)';
