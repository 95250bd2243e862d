-- One row per row of a raw table that was the current version at the instant.
-- `from as_known_at('raw.etf_flow', '2025-08-09 06:00+00')`: the warehouse as it stood then; versions are half-open, [recorded_at, superseded_at).
create or replace macro as_known_at(table_name, instant) as table
    select *
    from query_table(table_name)
    where recorded_at <= instant and (superseded_at is null or superseded_at > instant);
comment on macro table as_known_at is 'A raw table as the warehouse held it at an instant: of every row the version that was current then. Example: from as_known_at(''raw.etf_flow'', timestamptz ''2025-08-09 06:00:00+00'')';
