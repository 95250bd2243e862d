"""Measurements, run on command and never by pytest."""
