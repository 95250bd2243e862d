-- One row per instrument and kind.
create table seed.instrument (
    instrument varchar not null check (instrument <> ''),
    asset varchar not null check (asset <> ''),
    kind varchar not null check (kind in ('spot', 'fund flow', 'future', 'index', 'panel')),
    quote varchar not null check (quote <> ''),
    calendar varchar not null check (calendar in ('24/7', 'XNYS', 'CME_CRYPTO')),
    source varchar not null check (source <> '')
);
comment on table seed.instrument is 'What is measured, and when it trades. Key: instrument, kind.';
comment on column seed.instrument.instrument is 'Market, asset, futures root or index symbol';
comment on column seed.instrument.asset is 'What it stands for';
comment on column seed.instrument.kind is 'spot, fund flow, future, index or panel of coins';
comment on column seed.instrument.quote is 'Currency or unit of its figures';
comment on column seed.instrument.calendar is 'Its hours: a calendar of cal.session, or 24/7';
comment on column seed.instrument.source is 'Page that documents it';
