-- One row per event.
create table seed.event (
    event varchar not null check (event <> ''),
    name varchar not null check (name <> ''),
    kind varchar not null check (kind in ('policy', 'macro', 'market', 'precedent', 'other')),
    source varchar not null check (source <> '')
);
comment on table seed.event is 'What happened; when it happened stands in seed.anchor. Key: event.';
comment on column seed.event.event is 'Short name, e.g. eo-401k';
comment on column seed.event.name is 'What happened, in words';
comment on column seed.event.kind is
    'policy: an order or a law; macro: a published statistic; market: a crash; precedent: an '
    'earlier opening of pensions to new assets; other: what an installation has added and not '
    'sorted';
comment on column seed.event.source is 'Document that says so';
