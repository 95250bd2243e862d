"""What every room stands on: errors, the clock, settings, the log, series. It imports no other
room.
"""
