"""The classical event study of many events, from frames of prices and events; no warehouse."""
