"""Event windows, their inference and the verdict on claims."""
