"""What an answer of Yahoo's says besides its bars: why there are none, that nobody traded, and the
name of what was asked for.
"""

import json

from marketwake.sources.yahoo.splits import MALFORMED


def explained(body: bytes) -> str | None:
    """Yahoo's own words for why there is no result; None when the body is no such answer."""
    try:
        error = json.loads(body)["chart"]["error"]
        return None if error is None else str(error["description"])
    except (ValueError, KeyError, TypeError):
        return None


def malformed(error: Exception, body: bytes) -> str:
    """What is wrong with an answer, and how it begins, in words."""
    is_other = isinstance(error, json.JSONDecodeError | UnicodeDecodeError)
    shown = " ".join(body[:160].decode(errors="replace").split()) or "nothing"
    return f"no JSON: {shown}" if is_other else f"{error!r} in {shown}"


def untraded(body: bytes) -> int:
    """How many days of a chart say that nobody traded: a close of 0.00 without volume. Of what is
    no chart, none.
    """
    try:
        quote = json.loads(body)["chart"]["result"][0]["indicators"]["quote"][0]
        return sum(map(is_untraded, quote["close"], quote["volume"]))
    except MALFORMED:
        return 0  # its parser says what is wrong with it


def is_untraded(close: object, volume: object) -> bool:
    """Whether a bar says that nobody traded, as those of far months do."""
    return close == 0 and volume in (0, None) and not isinstance(close, bool)


def short_name(body: bytes) -> str:
    """What a chart calls its symbol (`Bitcoin Futures,Nov-2026` of `BTC=F`, which tells its month);
    empty where it does not.
    """
    try:
        return str(json.loads(body)["chart"]["result"][0]["meta"].get("shortName") or "")
    except MALFORMED:
        return ""
