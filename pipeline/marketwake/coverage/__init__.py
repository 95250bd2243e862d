"""What should be there and what is: counts, watermarks, the ledger of holes, freshness."""
