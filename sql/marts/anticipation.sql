-- One row per event, anchor, venue, instrument and window: the move before an anchor beside the
-- move after it.
create or replace view mart.anticipation as
select
    earlier.event, earlier.anchor, earlier.anchor_at, earlier.is_candidate, earlier.venue,
    earlier.instrument,
    earlier.window_length as hours,
    earlier.value as before,
    later.value as after,
    earlier.p_two_sided as p_before,
    later.p_two_sided as p_after,
    earlier.verdict as verdict_before,
    -- Of moves in opposite directions none is a share of the whole.
    case
        when earlier.value * later.value > 0 then earlier.value / (earlier.value + later.value)
    end as share_before
from mart.event_inference as earlier
inner join mart.event_inference as later
    on later.event = earlier.event and later.anchor = earlier.anchor and later.venue = earlier.venue
    and later.instrument = earlier.instrument and later.model = earlier.model
    and later.window_unit = earlier.window_unit and later.window_length = earlier.window_length
where earlier.measure = 'abnormal_log_return_before' and later.measure = 'abnormal_log_return'
    and earlier.model = 'constant_mean' and earlier.window_unit = 'hour';
comment on view mart.anticipation is
    'Was the rumour bought: abnormal log returns of equal length before and after each anchor, '
    'and the share that came before. Key: event, anchor, venue, instrument, hours.';
comment on column mart.anticipation.event is 'As in seed.event';
comment on column mart.anticipation.anchor is 'As in seed.anchor; a leak is an anchor of its own';
comment on column mart.anticipation.anchor_at is 'Its nominal instant, UTC';
comment on column mart.anticipation.is_candidate is
    'Whether "after the event" can mean this anchor';
comment on column mart.anticipation.venue is 'Exchange';
comment on column mart.anticipation.instrument is 'Asset';
comment on column mart.anticipation.hours is 'Length of both windows';
comment on column mart.anticipation.before is
    'Abnormal log return of the window that ends at the anchor, its estimation window before that';
comment on column mart.anticipation.after is
    'Abnormal log return of the window that starts at the anchor';
comment on column mart.anticipation.p_before is
    'Two-sided, by placebo dates: a pre-trend where small';
comment on column mart.anticipation.p_after is 'Two-sided, by placebo dates';
comment on column mart.anticipation.verdict_before is 'As in mart.event_inference';
comment on column mart.anticipation.share_before is
    'before / (before + after); null where the two point in opposite directions';
