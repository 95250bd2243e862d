-- One row per row of a payload that was held: it changes nothing until somebody lets it in.
create table ops.held (
    receipt_id varchar not null,
    table_name varchar not null,
    key varchar not null,
    stands varchar not null,
    brought varchar not null,
    reason varchar not null check (reason <> ''),
    held_at timestamptz not null,
    decided_by varchar
);
comment on table ops.held is
    'Restatements that wait for a look: `marketwake accept` lets in what a payload brought, '
    '`marketwake withdraw` takes it out. Key: receipt_id, table_name, key.';
comment on column ops.held.receipt_id is 'Landing receipt the row came in';
comment on column ops.held.table_name is 'The raw table that it belongs to';
comment on column ops.held.key is 'Key of the row, JSON';
comment on column ops.held.stands is 'The figures that stand, JSON; {} where none do any more';
comment on column ops.held.brought is 'The figures that the payload has, JSON';
comment on column ops.held.reason is 'Why it is held';
comment on column ops.held.held_at is 'Landing instant of the payload, UTC';
comment on column ops.held.decided_by is
    'Receipt of the decision that let it in or took its payload out, or of the payload that has '
    'restated the row since; null: it waits';
