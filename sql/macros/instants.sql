-- One value per instant: read from text, or written as text, in UTC whatever zone the client sets.
-- Text that names an offset or a zone of its own keeps it: then ' UTC' does not fit behind it.
create or replace macro as_instant(stamp) as coalesce(
    try_cast(stamp || ' UTC' as timestamptz), try_cast(stamp || ':00 UTC' as timestamptz),
    try_cast(stamp || ' 00:00:00 UTC' as timestamptz),
    -- DuckDB 1.5 reads no stamp with a zone and without seconds.
    cast(
        regexp_replace(
            stamp::varchar, '([ T]\d\d:\d\d)(Z|[+-]\d\d(:\d\d)?)$', '\1:00\2'
        ) as timestamptz
    )
);
comment on macro as_instant is
    'A stamp as an instant; without a zone of its own it is UTC, and a day alone its midnight. '
    'Example: select as_instant(''2025-08-09 06:00'')';

create or replace macro utc_text(instant) as cast(instant at time zone 'UTC' as varchar) || '+00';
comment on macro utc_text is
    'An instant written in UTC, in every client. '
    'Example: select utc_text(timestamptz ''2025-08-09 06:00:00+02'')';
