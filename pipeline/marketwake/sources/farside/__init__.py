"""Farside: net flows of the US spot funds."""
