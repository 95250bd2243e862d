-- One row per claim of the articles.
create or replace table mart.claim (
    claim varchar not null,
    article varchar not null,
    statement varchar not null,
    stated varchar,
    unit varchar,
    verdict varchar not null
        check (verdict in ('supported', 'contradicted', 'depends', 'not_testable')),
    reason varchar not null
);
comment on table mart.claim is
    'What the articles claim and the verdict on it; the figures behind it are in '
    'mart.claim_figure. Key: claim.';
comment on column mart.claim.claim is 'Name of the file in sql/claims, e.g. a01';
comment on column mart.claim.article is 'A (published 2025-08-12) or B (published 2025-08-10)';
comment on column mart.claim.statement is 'What the article says, in our words';
comment on column mart.claim.stated is
    'The figure that it states, in unit, or a word where it states none';
comment on column mart.claim.unit is 'Unit of stated; a fraction of 0.02 is 2 %';
comment on column mart.claim.verdict is
    'supported, contradicted, depends (on anchor, venue or definition), not_testable';
comment on column mart.claim.reason is 'Why, in a sentence; for depends, on what it turns';
