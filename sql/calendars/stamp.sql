-- One row per calendar and stamp at which a figure is due.
create table cal.stamp (
    calendar varchar not null check (calendar in ('XNYS', 'CME_CRYPTO', 'CME_CRYPTO day', 'month')),
    number bigint not null check (number > 0),
    stamp_on date not null,
    stamp_at timestamptz not null,
    ended_at timestamptz not null,
    check (stamp_at < ended_at)
);
comment on table cal.stamp is
    'When figures are due that do not follow the clock: XNYS and CME_CRYPTO, a session each; '
    'CME_CRYPTO day, the UTC days with trading; month, its first day. Key: calendar, number.';
comment on column cal.stamp.calendar is 'As in seed.dataset';
comment on column cal.stamp.number is 'Place in the calendar, from 1';
comment on column cal.stamp.stamp_on is 'Session, day or first of the month';
comment on column cal.stamp.stamp_at is 'Its midnight, UTC';
comment on column cal.stamp.ended_at is 'Close of the session, end of the day or month, UTC';
