-- One row per event, venue, instrument and round price level.
create or replace table mart.event_level (
    event varchar not null,
    venue varchar not null,
    instrument varchar not null,
    level double not null check (level > 0),
    first_touched_at timestamptz,
    price_before double not null check (price_before > 0),
    searched_until timestamptz not null,
    check (price_before < level),
    check (first_touched_at < searched_until)
);
comment on table mart.event_level is
    'Round levels above the price at the event''s earliest candidate anchor, up to the first that '
    'no venue touched. Key: event, venue, instrument, level.';
comment on column mart.event_level.event is 'As in seed.event';
comment on column mart.event_level.venue is 'Exchange';
comment on column mart.event_level.instrument is 'Asset';
comment on column mart.event_level.level is 'A multiple of the asset''s step, in quote currency';
comment on column mart.event_level.first_touched_at is
    'Start of the first hourly bar whose high reached the level, UTC; null when none did';
comment on column mart.event_level.price_before is
    'Price when the search begins, in quote currency';
comment on column mart.event_level.searched_until is
    'End of the last bar searched, UTC: the end of the horizon or of the data';
