-- One row per dataset and day with figures on a day without a session.
-- severity: warn
-- A holiday printed as a row of zeros, or days shifted by a time zone: such rows fall out of every
-- session-by-session comparison.
with dated as (
    select distinct 'etf_flow ' || asset as object, session, 'XNYS' as calendar from stg.etf_flow
    union all
    select distinct 'etf_bar', session, 'XNYS' from stg.etf_bar
    union all
    select distinct 'index_bar ' || symbol, session, 'XNYS'
    from stg.index_bar
    where bar_interval = '1d'
    union all
    select distinct 'futures_price ' || vendor || ' ' || price_kind, day, 'CME_CRYPTO'
    from stg.futures_price
    where price_kind <> 'last_trade'
        -- Where trading never stops, a continuous series may have a bar of any day.
        and not exists (
            select * from seed.trading_hours as hours
            where hours.calendar = 'CME_CRYPTO' and contains(hours.weekdays, 'Sat')
                and day between effective_from and coalesce(effective_to, day)
        )
    union all
    select distinct 'fed_funds_price', session, 'CME_CRYPTO' from stg.fed_funds_price
)

select dated.object || ' ' || dated.session as object, 'no session of ' || dated.calendar as detail
from dated
anti join cal.session as session using (calendar, session)
-- Before the calendar begins nothing can be told.
where dated.session >= (select min(known.session) from cal.session as known where known.calendar = dated.calendar);
