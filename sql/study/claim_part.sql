-- One row per claim and part.
create or replace table mart.claim_part (
    claim varchar not null,
    part integer not null,
    says varchar not null,
    kind varchar not null check (
        kind in ('window', 'quote', 'document', 'arithmetic', 'cause', 'forecast')
    ),
    main varchar,
    verdict varchar not null,
    agree integer not null,
    unclear integer not null,
    "of" integer not null check (agree + unclear <= "of"),
    main_agree integer not null,
    main_unclear integer not null,
    main_of integer not null,
    first_verdict varchar,
    reason varchar not null,
    reason_zh varchar not null
);
comment on table mart.claim_part is
    'The assertions of a claim, each with its verdict. Key: claim, part.';
comment on column mart.claim_part.claim is 'As in mart.claim';
comment on column mart.claim_part.part is 'Its place in the claim, from 1';
comment on column mart.claim_part.says is 'What is asserted';
comment on column mart.claim_part.kind is
    'window: after an event whose minute is unknown; quote: a figure looked up at an unknown '
    'instant; document: what a document says; arithmetic; cause and forecast cannot be tested';
comment on column mart.claim_part.main is
    'The definition that decides; null where only stand-ins are there';
comment on column mart.claim_part.verdict is 'By the share of comparisons that agree';
comment on column mart.claim_part.agree is 'Comparisons that agree, over all definitions';
comment on column mart.claim_part.unclear is 'As in mart.claim';
comment on column mart.claim_part.of is 'All comparisons';
comment on column mart.claim_part.main_agree is 'Those that agree by the main definition';
comment on column mart.claim_part.main_unclear is 'Those that are unclear by it';
comment on column mart.claim_part.main_of is 'All by it';
comment on column mart.claim_part.first_verdict is
    'Under the definitions as they were first written; null where none is recorded';
comment on column mart.claim_part.reason is 'What the figures say, in a sentence';
comment on column mart.claim_part.reason_zh is 'The same in Chinese';
