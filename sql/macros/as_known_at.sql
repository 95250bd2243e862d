-- One row per row of a raw table that was the current version at the instant.
-- `from as_known_at('raw.etf_flow', '2025-08-09 06:00+00')`: the warehouse as it stood then;
-- versions are half-open, [recorded_at, superseded_at).
-- An instant whose versions were removed (ops.vacuum) is an error and never half an answer.
-- after: instants
create or replace macro as_known_at(table_name, instant) as table
    with asked as (
        select
            case
                when as_instant(instant) < max(vacuum.horizon) then error(
                    'as_known_at: ' || table_name || ' is complete from '
                    || utc_text(max(vacuum.horizon))
                    || ' on; older versions were removed by marketwake vacuum (see ops.vacuum)'
                )
                else as_instant(instant)
            end as known_at
        from ops.vacuum as vacuum
        where vacuum.dataset = lower(replace(split_part(table_name, '.', -1), '"', ''))
    )

    select version.*
    from query_table(table_name) as version, asked
    where
        version.recorded_at <= asked.known_at
        and (version.superseded_at is null or version.superseded_at > asked.known_at);
comment on macro table as_known_at is
    'A raw table as the warehouse held it at an instant: of every row the version that was '
    'current then. Example: from as_known_at(''raw.etf_flow'', timestamptz ''2025-08-09 '
    '06:00:00+00'')';
