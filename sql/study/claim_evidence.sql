-- One row per claim and row of raw data that its figures rest on.
create or replace table mart.claim_evidence (
    claim varchar not null,
    ordinal integer not null,
    what varchar not null,
    value double,
    unit varchar,
    publisher varchar not null,
    source varchar not null,
    payload_sha256 varchar,
    recorded_at timestamptz
);
comment on table mart.claim_evidence is
    'The few rows that the figures of a claim begin and end with, or are made of. Key: claim, '
    'ordinal.';
comment on column mart.claim_evidence.claim is 'As in mart.claim';
comment on column mart.claim_evidence.ordinal is 'Place within its claim, from 1';
comment on column mart.claim_evidence.what is 'What the value is of, and when';
comment on column mart.claim_evidence.value is 'As published, in unit';
comment on column mart.claim_evidence.unit is 'As in mart.claim_figure';
comment on column mart.claim_evidence.publisher is 'Who published it';
comment on column mart.claim_evidence.source is
    'The market, document or page, and how a document was seen';
comment on column mart.claim_evidence.payload_sha256 is 'Its bytes in landing; null for arithmetic';
comment on column mart.claim_evidence.recorded_at is 'When this warehouse stored it, UTC';
