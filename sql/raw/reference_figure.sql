-- One row per figure, as-of day and recorded version.
create table raw.reference_figure (
    figure varchar not null check (figure <> ''),
    as_of date not null,
    value double not null,
    unit varchar not null check (unit <> ''),
    publisher varchar not null check (publisher <> ''),
    source varchar not null check (source <> ''),
    how_seen varchar check (how_seen in ('in full', 'opening', 'quoted', 'computed')),
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    payload_sha256 varchar not null
);
comment on table raw.reference_figure is
    'Single published figures that claims are compared with. Key: figure, as_of.';
comment on column raw.reference_figure.figure is 'Name of the figure, e.g. plan_assets_401k';
comment on column raw.reference_figure.as_of is 'Day the figure speaks of';
comment on column raw.reference_figure.value is 'The figure, in unit';
comment on column raw.reference_figure.unit is
    'usd, coin, fraction, per_month, persons, year, yyyymmdd (a day as a number), count, '
    'index_points, yes_no (1: yes, 0: no)';
comment on column raw.reference_figure.publisher is 'Who computed it';
comment on column raw.reference_figure.source is 'Document or page it stands in';
comment on column raw.reference_figure.how_seen is
    'How the source was seen. in full: the whole text was read; opening: the beginning of the page; '
    'quoted: as another quotes it; computed: by arithmetic from documents. Null: not recorded';
