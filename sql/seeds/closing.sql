-- One row per calendar and weekday that is no session, or whose session ends early.
create table seed.closing (
    calendar varchar not null check (calendar <> ''),
    day date not null,
    closes_local varchar,
    source varchar not null check (source <> '')
);
comment on table seed.closing is
    'Holidays and early closes, from which the sessions of cal.session follow. Where trading never '
    'stops, those of XNYS are taken. Key: calendar, day.';
comment on column seed.closing.calendar is 'As in cal.session';
comment on column seed.closing.day is 'Day, Monday to Friday';
comment on column seed.closing.closes_local is
    'Close where it is early, in the time zone of seed.trading_hours; null: no session';
comment on column seed.closing.source is
    'Library that knows it, and what it calls the calendar';
