-- One row per event and reading of its clock.
create table seed.anchor (
    event varchar not null check (event <> ''),
    anchor varchar not null check (anchor <> ''),
    nominal_at timestamptz not null,
    earliest_at timestamptz not null,
    latest_at timestamptz not null,
    precision varchar not null check (
        precision in ('second', 'minute', 'hour', 'hours', 'day', 'year')
    ),
    is_candidate boolean not null,
    note varchar not null check (note <> ''),
    source varchar not null check (source <> ''),
    how_seen varchar not null check (how_seen in ('in full', 'opening', 'quoted', 'computed')),
    check (earliest_at <= nominal_at),
    check (nominal_at <= latest_at)
);
comment on table seed.anchor is
    'Instants that an event window may hang on, each with the range in which it lies. Key: event, '
    'anchor.';
comment on column seed.anchor.event is 'As in seed.event';
comment on column seed.anchor.anchor is
    'Name of the reading: leak, day, report, report_late, signing, confirmed, text, publication, '
    'release, year';
comment on column seed.anchor.nominal_at is 'Instant used where one is needed, UTC';
comment on column seed.anchor.earliest_at is 'The event was not before, UTC';
comment on column seed.anchor.latest_at is 'The event was not after, UTC';
comment on column seed.anchor.precision is
    'How well the clock is known; year: somewhere in that year, nominal on 1 January';
comment on column seed.anchor.is_candidate is
    'Whether an article that says "after" the event can have meant this instant: only such '
    'anchors vote on claims';
comment on column seed.anchor.note is 'Why it is, or is not, a candidate';
comment on column seed.anchor.source is 'Document that gives the instant';
comment on column seed.anchor.how_seen is
    'How the source was seen: in full; opening: the beginning of its page; quoted: in another '
    'text; computed: read off the prices recorded here, so that the anchor was partly chosen by '
    'the price';
