-- One row per claim and figure that an article states for it.
create table seed.article_figure (
    claim varchar not null check (claim <> ''),
    figure varchar not null check (figure <> ''),
    value double not null,
    unit varchar not null check (unit in ('fraction', 'usd', 'hour', 'session', 'per_month', 'year', 'yyyymmdd', 'ratio', 'count')),
    source varchar not null check (source <> '')
);
comment on table seed.article_figure is
    'Every number the two articles state, for claims to compare with. Key: claim, figure.';
comment on column seed.article_figure.claim is 'Claim, a01 to b14';
comment on column seed.article_figure.figure is
    'stated: the figure of a claim that has one; else what it is';
comment on column seed.article_figure.value is 'As stated, in unit; losses and outflows negative';
comment on column seed.article_figure.unit is
    'fraction, usd, hour, session, per_month, ratio, count; year and yyyymmdd for dates';
comment on column seed.article_figure.source is
    'Article, and how it puts the number where that is not plain';
