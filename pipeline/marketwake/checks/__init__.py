"""The data checks of sql/checks, and the offenders that somebody has accepted."""
