-- One row per rejected row and reason set.
create table ops.reject (
    receipt_id varchar not null,
    payload_sha256 varchar not null,
    table_name varchar not null,
    row_number bigint not null,
    reason varchar not null,
    row_json varchar not null,
    recorded_at timestamptz not null
);
comment on table ops.reject is
    'Rows that broke their contract, kept with the reason. Key: receipt_id, table_name, '
    'row_number.';
comment on column ops.reject.receipt_id is 'Landing receipt the row came in';
comment on column ops.reject.payload_sha256 is 'Content address in landing';
comment on column ops.reject.table_name is 'The raw table that refused it';
comment on column ops.reject.row_number is 'Position in the parsed frame, from 1';
comment on column ops.reject.reason is 'Text of every broken check, separated by semicolons';
comment on column ops.reject.row_json is 'The row as parsed';
comment on column ops.reject.recorded_at is 'Landing instant of the payload, UTC';
