-- One row per raw table and vacuum that removed versions of it.
create table ops.vacuum (
    dataset varchar not null check (dataset <> ''),
    horizon timestamptz not null,
    versions bigint not null check (versions > 0),
    vacuumed_at timestamptz not null
);
comment on table ops.vacuum is
    'Superseded versions that were removed by policy: as_known_at refuses instants before the '
    'latest horizon, and replay removes them again. Key: dataset, vacuumed_at.';
comment on column ops.vacuum.dataset is 'Raw table, without its schema';
comment on column ops.vacuum.horizon is
    'Versions superseded at or before this instant were removed, UTC';
comment on column ops.vacuum.versions is 'Rows removed';
comment on column ops.vacuum.vacuumed_at is 'UTC';
