-- Rows of a payload can be held; a payload can be ordered, and come from an address of one's own.
alter table ops.load rename to load_before;
create table ops.load (
    receipt_id varchar not null,
    run_id varchar not null,
    source varchar not null,
    dataset varchar not null,
    request varchar not null,
    payload_sha256 varchar,
    landed_at timestamptz not null,
    status varchar not null check (status in ('loaded', 'refused', 'fetch_failed')),
    rows_read bigint not null,
    rows_accepted bigint not null,
    rows_rejected bigint not null,
    rows_new bigint not null,
    rows_restated bigint not null,
    rows_unchanged bigint not null,
    error_class varchar,
    error_message varchar,
    http_status integer,
    first_bytes varchar,
    rows_held bigint not null,
    ordered_by varchar,
    own_address varchar
);
comment on table ops.load is
    'What became of every fetch: rows read, accepted, rejected, new, restated. Key: receipt_id.';
comment on column ops.load.receipt_id is 'Landing receipt, in order of landing';
comment on column ops.load.run_id is 'The run that fetched it';
comment on column ops.load.source is 'Source module';
comment on column ops.load.dataset is
    'The raw table it feeds, or the source''s name for a payload that feeds several; accept or '
    'withdraw for a decision';
comment on column ops.load.request is
    'What was asked for: a file name or an address without secrets; of a decision the receipt, '
    'digest or run that it is about';
comment on column ops.load.payload_sha256 is
    'Content address in landing; null when the fetch failed';
comment on column ops.load.landed_at is 'UTC; recorded_at of the versions it opened';
comment on column ops.load.status is
    'loaded; refused: landed but not readable as promised; fetch_failed: nothing landed';
comment on column ops.load.rows_read is 'Rows parsed';
comment on column ops.load.rows_accepted is 'Rows that satisfied the contract';
comment on column ops.load.rows_rejected is 'Rows in ops.reject';
comment on column ops.load.rows_new is 'Keys seen for the first time';
comment on column ops.load.rows_restated is
    'Keys whose values changed: a version closed and one opened';
comment on column ops.load.rows_unchanged is 'Keys whose current version already said the same';
comment on column ops.load.error_class is 'Class of the error, where refused or failed';
comment on column ops.load.error_message is 'What the error said';
comment on column ops.load.http_status is
    'Status of the answer to a fetch that failed or was refused, where there was one; null for '
    'files';
comment on column ops.load.first_bytes is 'Beginning of that answer';
comment on column ops.load.rows_held is 'Rows in ops.held';
comment on column ops.load.ordered_by is
    'split, again or supersede, where it may restate what stands without a look; null: nobody '
    'ordered it';
comment on column ops.load.own_address is
    'Where the settings had the source asked, in the place of its own address; null: itself';
insert into ops.load by name select *, 0 as rows_held from ops.load_before;
drop table ops.load_before;
comment on column ops.run.flow is 'nightly, backfill, accept or withdraw';
