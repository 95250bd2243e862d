-- One row per calendar and session.
create table cal.session (
    calendar varchar not null check (calendar in ('XNYS', 'CME_CRYPTO')),
    session date not null,
    opens_at timestamptz not null,
    closes_at timestamptz not null,
    check (opens_at < closes_at)
);
comment on table cal.session is
    'Trading sessions with their hours, holidays and early closes in. Key: calendar, session.';
comment on column cal.session.calendar is
    'XNYS: New York Stock Exchange, from 1970 (no holiday before is known); CME_CRYPTO: '
    'bitcoin and ether futures, from 2017-12-18';
comment on column cal.session.session is
    'Day the session is named after; a CME session begins the evening before in Chicago';
comment on column cal.session.opens_at is 'Opening, UTC';
comment on column cal.session.closes_at is 'Close, UTC';
