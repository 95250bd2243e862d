-- One value per call: the first of the days of bars that a mart or a data check looks at, and the
-- day after the last.
-- Whoever runs the file sets both; without that it is all days.
create or replace macro renewed_from() as
    coalesce(getvariable('renewed_from')::timestamptz, timestamptz '1800-01-01 00:00:00+00');
create or replace macro renewed_until() as
    coalesce(getvariable('renewed_until')::timestamptz, timestamptz '2200-01-01 00:00:00+00');
comment on macro renewed_from is
    'From when on files of sql/marts and sql/checks look at bars: all of them, where nobody sets '
    'the variable renewed_from. Example: select renewed_from()';
comment on macro renewed_until is
    'Before when files of sql/marts and sql/checks look at bars: all of them, where nobody sets '
    'the variable renewed_until. Example: select renewed_until()';
