-- One row per index, interval and session: daily closes around the precedents, the monthly series
-- in full for long windows and placebos.
select symbol, bar_interval, session, close, dividend, consumer_price_index, long_rate
from raw.index_bar
where
    superseded_at is null
    and (
        symbol = 'SHILLER'
        or (symbol = '^DJI' and session between '1928-10-24' and '1932-12-31')
        or (
            symbol = '^GSPC'
            and (
                session between '1934-08-14' and '1936-09-14'
                or session between '1973-09-02' and '1975-10-02'
                or session between '2007-09-15' and '2009-10-15'
            )
        )
    )
order by symbol, bar_interval, session;
