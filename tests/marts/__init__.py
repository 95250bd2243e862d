"""Staging views, macros and marts."""
