"""The study: windows, models, inference, panels of many events."""
