"""Event windows and their inference: any event, any instant, any instrument of a warehouse."""
