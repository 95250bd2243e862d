-- One row per calendar and span of sessions with the same hours.
create table seed.trading_hours (
    calendar varchar not null check (calendar <> ''),
    effective_from date not null,
    effective_to date,
    opens_local varchar not null check (opens_local <> ''),
    closes_local varchar not null check (closes_local <> ''),
    time_zone varchar not null check (time_zone <> ''),
    weekdays varchar not null check (weekdays <> ''),
    pauses_local varchar not null,
    source varchar not null check (source <> '')
);
comment on table seed.trading_hours is
    'Regular hours of calendars; holidays and early closes are in seed.closing. Key: calendar, '
    'effective_from.';
comment on column seed.trading_hours.calendar is 'As in cal.session';
comment on column seed.trading_hours.effective_from is 'First session with these hours';
comment on column seed.trading_hours.effective_to is
    'Last session with these hours; null while they hold';
comment on column seed.trading_hours.opens_local is
    'Opening: on the day of the session where it is earlier than closes_local, on the day before '
    'where it is later; equal to it where trading never stops and a session follows the one before';
comment on column seed.trading_hours.closes_local is 'Close, on the day of the session';
comment on column seed.trading_hours.time_zone is 'IANA time zone of the two';
comment on column seed.trading_hours.weekdays is
    'Days of the week with trading, Monday first; where it is all seven, trades of weekends and '
    'holidays belong to the session of the next business day';
comment on column seed.trading_hours.pauses_local is
    'When trading rests between or within sessions, for information: cal.session has no pauses';
comment on column seed.trading_hours.source is 'Specification or notice';
