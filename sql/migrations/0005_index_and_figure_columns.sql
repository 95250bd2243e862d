-- Monthly indices have dividend, consumer prices and long rate; a reference figure says how its
-- source was seen.
alter table raw.index_bar rename to index_bar_before;
create table raw.index_bar (
    symbol varchar not null check (symbol <> ''),
    bar_interval varchar not null check (bar_interval in ('1d', '1mo')),
    session date not null check (session >= date '1871-01-01'),
    close double not null check (close > 0),
    dividend double check (dividend > 0),
    consumer_price_index double check (consumer_price_index > 0),
    long_rate double check (long_rate > 0 and long_rate < 0.5),
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    payload_sha256 varchar not null
);
comment on table raw.index_bar is
    'US equity price indices, dividends not included; with a monthly one the dividend, the consumer '
    'prices and the long rate of its month. Key: symbol, bar_interval, session.';
comment on column raw.index_bar.symbol is
    'Index, as named in seed.instrument (^GSPC, ^DJI, SHILLER)';
comment on column raw.index_bar.bar_interval is
    '1d: a session; 1mo: a month, for which close is the mean of the daily closes';
comment on column raw.index_bar.session is 'Session, or first day of the month';
comment on column raw.index_bar.close is 'Index points';
comment on column raw.index_bar.dividend is
    'Dividends a year, index points; null where the publisher has none yet, or gives none';
comment on column raw.index_bar.consumer_price_index is
    'Consumer price index of the month, 1982 to 1984 being 100; null as for dividend';
comment on column raw.index_bar.long_rate is
    'Yield of US government bonds of ten years, a fraction; null as for dividend';
insert into raw.index_bar by name from raw.index_bar_before;
drop table raw.index_bar_before;
alter table raw.reference_figure rename to reference_figure_before;
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
insert into raw.reference_figure by name from raw.reference_figure_before;
drop table raw.reference_figure_before;
