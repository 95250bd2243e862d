-- One row per decision of a person and payload that it is about.
create table ops.decision (
    receipt_id varchar not null,
    decision varchar not null check (decision in ('accept', 'withdraw')),
    payload_receipt_id varchar not null,
    decided_at timestamptz not null
);
comment on table ops.decision is
    'What somebody let in of what was held, and what somebody took out. Key: receipt_id, '
    'payload_receipt_id.';
comment on column ops.decision.receipt_id is 'Landing receipt of the decision';
comment on column ops.decision.decision is
    'accept: what was held of the payload restates what stood; withdraw: what it brought is closed';
comment on column ops.decision.payload_receipt_id is 'Landing receipt of the payload, as in ops.load';
comment on column ops.decision.decided_at is
    'UTC; recorded_at of the versions that it opened, superseded_at of those that it closed';
