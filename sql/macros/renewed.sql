-- One value per call: the first of the days of bars that a mart or a data check looks at, and the
-- day after the last; the first of the days of which a bar decides what is said of those, and the
-- day after the last.
-- Whoever runs the file sets them; without that it is all days.
create or replace macro renewed_from() as
    coalesce(getvariable('renewed_from')::timestamptz, timestamptz '1800-01-01 00:00:00+00');
create or replace macro renewed_until() as
    coalesce(getvariable('renewed_until')::timestamptz, timestamptz '2200-01-01 00:00:00+00');
create or replace macro read_from() as
    coalesce(getvariable('read_from')::timestamptz, renewed_from());
create or replace macro read_until() as
    coalesce(getvariable('read_until')::timestamptz, renewed_until());
comment on macro renewed_from is
    'From when on files of sql/marts and sql/checks look at bars: all of them, where nobody sets '
    'the variable renewed_from. Example: select renewed_from()';
comment on macro renewed_until is
    'Before when files of sql/marts and sql/checks look at bars: all of them, where nobody sets '
    'the variable renewed_until. Example: select renewed_until()';
comment on macro read_from is
    'From when on a file of sql/checks that states a reach reads bars, for what it says of those '
    'from renewed_from() on. Example: select read_from()';
comment on macro read_until is
    'Before when a file of sql/checks that states a reach reads bars, for what it says of those '
    'before renewed_until(). Example: select read_until()';
