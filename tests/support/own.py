"""An event and a claim of one's own, as a person writes them."""

from pathlib import Path

EVENT = """event = "fomc-2025-07"
name = "The Fed leaves its rate"
kind = "policy"
source = "Federal Reserve, statement of 30 July 2025"

[[anchor]]
anchor = "statement"
at = 2025-07-30T18:00:00Z
precision = "minute"
note = "14:00 in Washington"
"""
CLAIM = """-- One row per anchor and venue.
-- claim: btc-fell
-- event: fomc-2025-07
-- article: Example Times, 2025-07-31
-- statement: Bitcoin fell over the 24 hours after
-- stated: fell
-- unit: words
--
-- part: window: bitcoin fell over the 24 hours after
-- main: day: return over 24 hours
-- reason: Over 24 hours bitcoin moved by {day:+}.
select
    'day' as definition, anchor, venue, value, low, high, 'fraction' as unit,
    vote_below(low, high, 0) as vote, note
from event_figure('fomc-2025-07', 'return', 'BTC', 'hour', 24)
"""


def put(root: Path, file: str, text: str) -> Path:
    """A file below a warehouse's folder."""
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def put_both(root: Path) -> None:
    """The event and the claim."""
    put(root, "events/fomc-2025-07.toml", EVENT)
    put(root, "claims/btc-fell.sql", CLAIM)
