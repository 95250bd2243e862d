"""Judging a figure by other dates: the forecast that makes dates alike, and the rank among them."""
