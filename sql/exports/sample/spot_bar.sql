-- One row per venue, symbol and hour: BTC and ETH, a year before the order of 2025-08-07 (less where
-- a venue's record begins later) to two weeks after it.
select venue, symbol, bar_interval, opened_at, open, high, low, close, volume_base
from raw.spot_bar
where
    superseded_at is null
    and bar_interval = '1h'
    and (
        (venue = 'Coinbase' and symbol in ('BTC/USD', 'ETH/USD'))
        or (venue = 'Binance' and symbol in ('BTC/USDT', 'ETH/USDT'))
    )
    and opened_at >= timestamptz '2024-08-01 00:00:00+00'
    and opened_at < timestamptz '2025-08-23 00:00:00+00'
order by venue, symbol, bar_interval, opened_at;
