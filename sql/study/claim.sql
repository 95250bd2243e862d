-- One row per claim.
create or replace table mart.claim (
    claim varchar not null,
    event varchar not null,
    article varchar not null,
    statement varchar not null,
    statement_zh varchar,
    stated varchar,
    unit varchar,
    theme varchar not null,
    verdict varchar not null check (
        verdict in (
            'supported', 'mostly supported', 'mixed', 'mostly contradicted', 'contradicted',
            'not testable'
        )
    ),
    agree integer not null,
    unclear integer not null,
    "of" integer not null check (agree + unclear <= "of"),
    first_verdict varchar,
    reason varchar not null,
    reason_zh varchar not null,
    query varchar not null
);
comment on table mart.claim is
    'What was written and the verdict on it; its parts are in mart.claim_part, the figures in '
    'mart.claim_figure, the rows they rest on in mart.claim_evidence. Key: claim.';
comment on column mart.claim.claim is 'Name of the file, e.g. a01';
comment on column mart.claim.event is 'As in seed.event: on its page the claim stands';
comment on column mart.claim.article is 'As in seed.article';
comment on column mart.claim.statement is 'What the article says, in our words';
comment on column mart.claim.statement_zh is 'The same in Chinese, where there is one';
comment on column mart.claim.stated is
    'The figure that it states, in unit, or a word where it states none';
comment on column mart.claim.unit is 'Unit of stated; a fraction of 0.02 is 2 %';
comment on column mart.claim.theme is
    'What it is about, e.g. funds; other where its file does not say';
comment on column mart.claim.verdict is
    'Of its parts together: where all that can be tested lie on one side the weaker word, else '
    'mixed';
comment on column mart.claim.agree is 'Comparisons that agree, over all parts and definitions';
comment on column mart.claim.unclear is
    'Those that agree at some of the hours at which an anchor may have been, and not at others';
comment on column mart.claim.of is 'All comparisons';
comment on column mart.claim.first_verdict is
    'Under the definitions as they were first written; null where that is the same';
comment on column mart.claim.reason is 'What the figures say, in sentences';
comment on column mart.claim.reason_zh is 'The same in Chinese';
comment on column mart.claim.query is
    'The select that computes its figures; of a file that is not well formed it is empty';
