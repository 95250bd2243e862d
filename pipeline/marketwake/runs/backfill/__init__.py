"""The backfill: order, plan, batches, and what it says of them."""
