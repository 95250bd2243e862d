"""Binance's public archive of spot bars by month: data.binance.vision.

A ZIP with one CSV of the same stem, without a header, every figure with eight decimals; stamps in
milliseconds until 2024, in microseconds since. Beside it `.CHECKSUM`: the ZIP's SHA-256, two
blanks, its name. What is not there is answered with 404 and a document of the store.

It bends by `checksum`: one that is of another file.
"""

import calendar
import hashlib
import io
import re
import zipfile
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from tests.support.servers.core import Ask, Limit, Response, Venue, register
from tests.support.servers.data import bars, hourly

_SECONDS = {"1m": 60, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "4h": 14400, "1d": 86400}
_FILE = re.compile(
    r"/data/spot/monthly/klines/(?P<symbol>[A-Z0-9]+)/(?P<interval>\w+)/"
    r"(?P<stem>(?P=symbol)-(?P=interval)-(?P<year>\d{4})-(?P<month>\d\d))\.zip(?P<sum>\.CHECKSUM)?"
)
_NO_SUCH_KEY = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>'
    b"<Message>The specified key does not exist.</Message></Error>"
)
_MICROSECONDS_SINCE = datetime(2025, 1, 1, tzinfo=UTC).timestamp()


@register
class BinanceArchive(Venue):
    """No limit is known of it."""

    name = "binance-archive"
    limit = Limit(per_second=1000, burst=1000)
    bends: ClassVar[frozenset[str]] = frozenset({"checksum"})

    def can_bend(self, path: str, kind: str) -> bool:  # noqa: ARG002 - there is one kind
        return path.endswith(".CHECKSUM")

    def handle(self, ask: Ask) -> Response:
        match = _FILE.fullmatch(ask.path)
        body = self._zip(match, ask.now) if match else None
        if match is None or body is None:
            return Response(404, {"Content-Type": "application/xml"}, _NO_SUCH_KEY)
        if match["sum"]:
            digest = hashlib.sha256(body + (b"other" if ask.bend else b"")).hexdigest()
            text = f"{digest}  {match['stem']}.zip\n".encode()
            return Response(200, {"Content-Type": "binary/octet-stream"}, text)
        return Response(200, {"Content-Type": "application/zip"}, body)

    def _zip(self, match: re.Match[str], now: datetime) -> bytes | None:
        """None where the month has not ended, or nothing is recorded."""
        year, month = int(match["year"]), int(match["month"])
        if match["interval"] not in _SECONDS or not 1 <= month <= 12:
            return None
        first = datetime(year, month, 1, tzinfo=UTC)
        days = calendar.monthrange(year, month)[1]
        end = first.timestamp() + days * 86400
        if end > now.timestamp():
            return None
        return _packed(
            self.recorded,
            match["symbol"],
            match["interval"],
            match["stem"],
            int(first.timestamp()),
            int(end),
        )


@lru_cache(maxsize=8)
def _packed(
    recorded: Path | None, symbol: str, interval: str, stem: str, first: int, end: int
) -> bytes | None:
    base = symbol.removesuffix("USDT")
    step = _SECONDS[interval]
    later = datetime.fromtimestamp(end + 86400, UTC)
    known = bars(hourly(recorded, "binance", base, "USDT"), step, first, end - 1, later)
    if not known:
        return None
    per_second = 1_000_000 if first >= _MICROSECONDS_SINCE else 1000
    lines = "".join(
        f"{bar.opened_at * per_second},{bar.open:.8f},{bar.high:.8f},{bar.low:.8f},{bar.close:.8f},"
        f"{bar.volume:.8f},{(bar.opened_at + step) * per_second - 1},{bar.volume * bar.close:.8f},"
        f"7,{bar.volume / 2:.8f},{bar.volume * bar.close / 2:.8f},0\n"
        for bar in known
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(f"{stem}.csv", (2025, 9, 1, 0, 0, 0)), lines)
    return file.getvalue()
