-- One row per series and run of missing stamps with the same reason.
create table ops.hole (
    dataset varchar not null,
    venue varchar not null,
    symbol varchar not null,
    "interval" varchar not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    missing bigint not null check (missing > 0),
    reason varchar not null check (
        reason in ('not fetched', 'source error', 'confirmed absent', 'not yet published', 'not listed yet')
    ),
    attempts bigint not null,
    last_error varchar,
    next_step varchar not null
);
comment on table ops.hole is
    'Every gap of a series that should exist, with its reason and what happens next; never '
    'filled. Key: dataset, venue, symbol, interval, first_at.';
comment on column ops.hole.dataset is 'As in ops.series';
comment on column ops.hole.venue is 'As in ops.series';
comment on column ops.hole.symbol is 'As in ops.series';
comment on column ops.hole."interval" is 'As in ops.series';
comment on column ops.hole.first_at is 'First missing stamp, UTC';
comment on column ops.hole.last_at is 'Last missing stamp, UTC; no stamp between the two is there';
comment on column ops.hole.missing is
    'Stamps from the one to the other, by the clock or its calendar';
comment on column ops.hole.reason is
    'confirmed absent: an answer asked for after the figures were public lacks them; source '
    'error: every request failed; not fetched: nobody asked; not yet published; not listed yet';
comment on column ops.hole.attempts is 'Requests that asked for any of it';
comment on column ops.hole.last_error is
    'What the newest of those that failed said; the rejected row of an answer that had one';
comment on column ops.hole.next_step is 'What will happen, or what a person can do';
