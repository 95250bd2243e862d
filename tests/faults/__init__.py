"""What is disturbed, and what must come of it: `make faults` at length, `make test` in short."""
