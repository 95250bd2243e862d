"""Bars and lists of markets of the spot exchanges, through ccxt."""
