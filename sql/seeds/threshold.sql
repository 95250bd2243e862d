-- One row per threshold.
create table seed.threshold (
    threshold varchar not null check (threshold <> ''),
    value double not null,
    unit varchar not null check (unit in ('fraction', 'ratio', 'bps', 'days', 'usd', 'rows', 'count')),
    reason varchar not null check (reason <> ''),
    source varchar not null check (source <> '')
);
comment on table seed.threshold is
    'What "about", "clear", "markedly" and the like mean in claims, from where on a data check '
    '(check_...) speaks, and which restatements are held for a look (held_...): one place for each, '
    'with its reason; some were settled after '
    'figures had been seen, as CONTRIBUTING.md says. Key: threshold.';
comment on column seed.threshold.threshold is 'Name, as claims use it';
comment on column seed.threshold.value is 'The threshold, in unit';
comment on column seed.threshold.unit is
    'fraction: a share or a difference of rates; ratio: one figure over another; bps: basis '
    'points; days; usd: US dollars; rows';
comment on column seed.threshold.reason is 'Why this value';
comment on column seed.threshold.source is 'Where the meaning comes from';
