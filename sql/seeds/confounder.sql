-- One row per event and other news near it.
create table seed.confounder (
    event varchar not null check (event <> ''),
    name varchar not null check (name <> ''),
    happened_at timestamptz not null,
    precision varchar not null check (precision in ('minute', 'hour', 'hours', 'day')),
    source varchar not null check (source <> '')
);
comment on table seed.confounder is
    'Other news that can have moved the market in or near the windows of an event. Key: event, '
    'name.';
comment on column seed.confounder.event is 'As in seed.event';
comment on column seed.confounder.name is 'What happened';
comment on column seed.confounder.happened_at is
    'When, UTC; 00:00 of the day where only the day is known';
comment on column seed.confounder.precision is 'How well the clock is known';
comment on column seed.confounder.source is 'Document that says so';
