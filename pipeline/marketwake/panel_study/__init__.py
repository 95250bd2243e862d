"""The classical event study of many events from two frames of prices and events. It needs no
warehouse.
"""
