-- One row per event and other news near it.
create table seed.confounder (
    event varchar not null check (event <> ''),
    name varchar not null check (name <> ''),
    happened_at timestamptz not null,
    earliest_at timestamptz not null,
    latest_at timestamptz not null,
    precision varchar not null check (precision in ('second', 'minute', 'hour', 'hours', 'day')),
    note varchar check (note <> ''),
    source varchar not null check (source <> ''),
    how_seen varchar not null check (how_seen in ('in full', 'opening', 'quoted', 'computed')),
    check (earliest_at <= happened_at),
    check (happened_at <= latest_at)
);
comment on table seed.confounder is
    'Other news that can have moved the market in or near the windows of an event; other events '
    'of seed.event are such news too and do not stand here (see confounders). Key: event, name.';
comment on column seed.confounder.event is 'As in seed.event';
comment on column seed.confounder.name is 'What happened';
comment on column seed.confounder.happened_at is
    'When, UTC: the stamp of its source; 00:00 of the day where only the day is known';
comment on column seed.confounder.earliest_at is 'It was not before, UTC';
comment on column seed.confounder.latest_at is 'It was not after, UTC';
comment on column seed.confounder.precision is 'How well the clock is known';
comment on column seed.confounder.note is 'What else is known of it; null where there is nothing';
comment on column seed.confounder.source is 'Document that says so';
comment on column seed.confounder.how_seen is 'As in seed.anchor';
