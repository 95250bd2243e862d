-- One row per alert: the outbox.
create table ops.alert (
    alert_key varchar not null check (alert_key <> ''),
    run_id varchar not null,
    kind varchar not null check (kind in ('run_failed', 'run_recovered', 'run_late', 'checks_stopped', 'source_failed', 'source_recovered')),
    severity varchar not null check (severity in ('error', 'warn', 'info')),
    subject varchar not null check (subject <> ''),
    detail varchar not null,
    created_at timestamptz not null,
    delivered_at timestamptz,
    attempts bigint not null default 0 check (attempts >= 0),
    last_error varchar
);
comment on table ops.alert is
    'What somebody should be told, once per condition: it is told again only after it had ended. '
    'Delivered at least once to the webhook, where one is set; without one it stays here. Key: '
    'alert_key.';
comment on column ops.alert.alert_key is
    'kind/subject/run in which the condition began; the Idempotency-Key of its delivery';
comment on column ops.alert.run_id is 'The run in which the condition began';
comment on column ops.alert.kind is
    'run_failed: it published nothing, or died; checks_stopped: data checks held it back; '
    'run_late: no run for too long; source_failed: some of what was asked for did not come or was '
    'refused; ..._recovered: that is over';
comment on column ops.alert.severity is
    'error: nothing new is published; warn: something is missing; info: it is over';
comment on column ops.alert.subject is 'Flow, check or source';
comment on column ops.alert.detail is 'What was wrong, as the run recorded it';
comment on column ops.alert.created_at is 'UTC';
comment on column ops.alert.delivered_at is
    'When the receiver took it, UTC; null: not yet, or no receiver is set';
comment on column ops.alert.attempts is 'Deliveries tried, each with its retries';
comment on column ops.alert.last_error is
    'Why the last delivery failed; names the receiver''s host alone';
