-- One row per calendar and stamp at which a figure is due.
create or replace view cal.stamp as
with stamp as (
    select calendar, session as stamp_on, closes_at as ended_at from cal.session
    union all
    -- A last trade is stamped with its UTC day, and a session covers two or more: it opens on the
    -- evening before.
    select distinct
        'CME_CRYPTO day', day_on, (cast(day_on as timestamp) + interval 1 day) at time zone 'UTC'
    from (
        select cast(unnest(generate_series(
            date_trunc('day', opens_at at time zone 'UTC'), closes_at at time zone 'UTC',
            interval 1 day
        )) as date) as day_on
        from cal.session where calendar = 'CME_CRYPTO'
    )
    union all
    select 'month', cast(first_day as date), (first_day + interval 1 month) at time zone 'UTC'
    from (select unnest(generate_series(timestamp '1871-01-01', (select max(session) from cal.session), interval 1 month)) as first_day)
)

select
    calendar,
    row_number() over (partition by calendar order by stamp_on) as number,
    stamp_on,
    cast(stamp_on as timestamp) at time zone 'UTC' as stamp_at,
    ended_at
from stamp;
comment on view cal.stamp is
    'When figures are due that do not follow the clock: XNYS and CME_CRYPTO, a session each; '
    'CME_CRYPTO day, the UTC days with trading; month, its first day. Key: calendar, number.';
comment on column cal.stamp.calendar is 'As in seed.dataset';
comment on column cal.stamp.number is 'Place in the calendar, from 1';
comment on column cal.stamp.stamp_on is 'Session, day or first of the month';
comment on column cal.stamp.stamp_at is 'Its midnight, UTC';
comment on column cal.stamp.ended_at is 'Close of the session, end of the day or month, UTC';
