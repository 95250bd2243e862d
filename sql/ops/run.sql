-- One row per run of a flow.
create table ops.run (
    run_id varchar not null,
    flow varchar not null,
    source varchar not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    state varchar not null check (state in ('running', 'completed', 'failed')),
    message varchar
);
comment on table ops.run is 'Every run of a flow that reached the warehouse. Key: run_id.';
comment on column ops.run.run_id is 'Start instant and a random suffix';
comment on column ops.run.flow is 'nightly, backfill, load, accept, withdraw or rebuild';
comment on column ops.run.source is 'Source asked for: live, sample or archive';
comment on column ops.run.started_at is 'UTC';
comment on column ops.run.finished_at is 'UTC; null while running and after a kill';
comment on column ops.run.state is 'running, completed or failed';
comment on column ops.run.message is 'What failed, by source';
