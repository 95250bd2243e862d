"""CoinGecko: daily figures of coins, and its list of the largest."""
