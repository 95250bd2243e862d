"""Yahoo Finance: futures, indices, the funds' own bars and shares, through yfinance."""
