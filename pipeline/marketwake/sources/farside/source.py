"""Farside's web pages of net flows: two of the last sessions, two of all sessions. What stands on
them: page.py; what the cells mean: table.py.

Who gets in is told by public reports alone (2026): 403 for many networks of data centres and for
browser-like clients there, 200 for a short agent that says who asks; 403 for some homes, 200 for
others, and for single pages now and then. So a page is asked for under our own name, then once as a
browser asks, then left; pages a few seconds apart.
"""

import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import polars as pl

from marketwake.base.errors import (
    BlockedError,
    ShutOutError,
    SourceChangedError,
    SourceError,
    SourceUnavailableError,
)
from marketwake.base.series import Series, Window
from marketwake.base.settings import Settings
from marketwake.sources.farside.new_funds import NewFunds
from marketwake.sources.farside.page import read_page as read_page
from marketwake.sources.http import OURSELVES, get
from marketwake.sources.source import Reach, Request

VENDOR = "Farside"
ADDRESS = "https://farside.co.uk"
HISTORY = {"/bitcoin-etf-flow-all-data/": "BTC", "/ethereum-etf-flow-all-data/": "ETH"}
RECENT = {"/btc/": "BTC", "/eth/": "ETH"}
RECENT_REACH = timedelta(days=10)
"""What the recent pages hold for certain: they have about 14 sessions."""

SHUT = (403, 503)
"""Statuses of the site's front door, which also asks to prove that one is a browser."""
PAUSE_SECONDS = 3.0
"""Between two requests, of four pages at most a night."""
REMEDY = (
    f"open {ADDRESS}/btc/ and {ADDRESS}/eth/ in a browser, save them under any name and drop the "
    "files into the warehouse's folder inbox, where they are known by their content"
)
_CHALLENGE = re.compile(rb"Just a moment|cf-chl|challenge-platform|Attention Required")
"""What a page has by which the site asks to prove that one is a browser, whatever its status."""

_TABLE = re.compile(rb"<table[^>]*\betf\b", re.IGNORECASE)


class Farside:
    """Both assets' pages of the last sessions and, with `with_history`, those of all sessions
    before them.
    """

    name = "farside"

    def __init__(self, settings: Settings, *, with_history: bool = True) -> None:
        self._address = settings.addresses.get(self.name, ADDRESS).rstrip("/")
        self._timeout = settings.timeout_seconds
        self._pages = [*HISTORY, *RECENT] if with_history else [*RECENT]
        self._pause = 0.0 if self.name in settings.addresses else PAUSE_SECONDS
        self._asked_at = float("-inf")
        self._agents: list[str | None] = [OURSELVES, None]
        self._news = NewFunds()

    def requests(self) -> list[Request]:
        """A page each, history first: the recent page has the last word on a session that is on
        both.
        """
        return [Request("farside", page) for page in self._pages]

    def ask(self, windows: Iterable[Window]) -> list[Request]:
        """Both pages of every asset that a window names (`BTC IBIT`): a page holds all funds, and
        all sessions or the last ones.
        """
        assets = {window.series.symbol.split(" ")[0] for window in windows}
        return [
            Request("farside", page)
            for pages in (HISTORY, RECENT)
            for page, asset in pages.items()
            if asset in assets
        ]

    def reach(self, series: Series) -> Reach:  # noqa: ARG002 - the same for every fund
        """All sessions."""
        return Reach(datetime.min.replace(tzinfo=UTC), "the page of all sessions has them all")

    @property
    def pace_seconds(self) -> float:
        """The pause between two pages."""
        return PAUSE_SECONDS

    def fetch(self, request: Request) -> bytes:
        """The page as it came, whatever it holds. Asked under our own name, and where that is
        refused as a browser asks, each once; the way that got through comes first from then on.

        Raises:
            BlockedError: both were refused; ShutOutError where the site's door is shut.
            SourceUnavailableError: as `get`, and when the page ends before its end, which the
                transport did not notice.
            SourceError: as `get`.
        """
        where = self._address + request.what
        other, refusals = b"", list[SourceError]()
        for agent in list(self._agents):
            try:
                page = self._get(where, agent)
            except SourceError as error:
                if not _is_refusal(error):
                    raise
                refusals.append(error)
                continue
            if _TABLE.search(page):
                self._agents.sort(key=lambda known: known != agent)
                return page
            if _CHALLENGE.search(page):
                what = f"{where}: a page that asks to prove that one is a browser"
                refusals.append(ShutOutError(what, REMEDY, 200, page))
            else:
                other = page
        if other:
            # It lands, and its parser says what it is instead.
            return other
        # 401 and 451 are another matter than a door that is shut for some networks.
        is_shut = all(
            isinstance(refusal, ShutOutError) or refusal.status in SHUT for refusal in refusals
        )
        raise (ShutOutError if is_shut else BlockedError)(
            f"{refusals[0].what}, asked under our own name and as a browser: {REMEDY}",
            "Many networks of data centres are refused, few homes are. The next run asks again.",
            refusals[0].status,
            refusals[0].first_bytes,
        )

    def note(self, frames: Mapping[str, pl.DataFrame]) -> None:
        """See whether a page has funds that seed.fund lacks."""
        self._news.note(frames["etf_flow"])

    def remarks(self) -> list[str]:
        """Funds of the pages that seed.fund lacks, since the last call."""
        return self._news.remarks()

    def _get(self, where: str, agent: str | None) -> bytes:
        time.sleep(max(0.0, self._asked_at + self._pause - time.monotonic()))
        self._asked_at = time.monotonic()
        body = get(where, timeout=self._timeout, agent=agent)
        if b"<html" in body.lower() and b"</html" not in body.lower():
            what = f"{where}: the page breaks off after {len(body)} bytes"
            raise SourceUnavailableError(what, "Ask again later.", 200, body)
        return body


def _is_refusal(error: SourceError) -> bool:
    """Whether somebody else might be let in: refused for what we are, or asked to prove it."""
    return isinstance(error, BlockedError) or b"Just a moment" in error.first_bytes


def parse(request: Request, body: bytes, requested_at: datetime) -> dict[str, pl.DataFrame]:
    """Flows per fund and the published totals of one page.

    Raises:
        SourceChangedError: an unknown page, or as `read_page`.
    """
    asset = (HISTORY | RECENT).get(request.what)
    if asset is None:
        raise SourceChangedError(
            "farside", request.what, f"one of {', '.join([*HISTORY, *RECENT])}", "another page"
        )
    return read_page("farside", request.what, asset, body, requested_at)
