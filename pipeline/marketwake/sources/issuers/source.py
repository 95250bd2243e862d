"""Shares outstanding and net asset value of funds, as their issuers publish them: the second source
of flows, beside Farside's.

A workbook per fund holds all of its days (workbook.py), keyless. Grayscale's lie in a store of
Amazon's, which now and then says that it does not exist (404, NoSuchBucket) and then serves again;
iShares' come from an address of BlackRock's pages, and an address that is gone answers with a web
page under status 200. Both are asked as what we are: that serves more reliably than to pass for a
browser.
"""

import io
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime

import polars as pl

from marketwake.base.errors import SourceChangedError, SourceError, SourceUnavailableError
from marketwake.base.series import Series, Window
from marketwake.base.settings import Settings
from marketwake.sources.http import OURSELVES, get
from marketwake.sources.issuers.funds import DATASET, Fund, funds
from marketwake.sources.issuers.sheets import is_spreadsheetml, is_xlsx
from marketwake.sources.issuers.workbook import read
from marketwake.sources.source import Reach, Request


class Issuers:
    """The workbook of each fund: GBTC, BTC, ETHE, ETH, IBIT and ETHA."""

    name = "issuers"

    def __init__(self, settings: Settings) -> None:
        self._own_address = settings.own_address(self.name).rstrip("/")
        self._timeout = settings.timeout_seconds

    def requests(self) -> list[Request]:
        """One per fund."""
        return [Request(DATASET, ticker) for ticker in funds()]

    def ask(self, windows: Iterable[Window]) -> list[Request]:
        """One per fund that a window names: an answer holds all of its days."""
        asked = {window.series.symbol for window in windows}
        return [request for request in self.requests() if request.what in asked]

    def reach(self, series: Series) -> Reach:
        """All days of these funds, and none of another."""
        if series.symbol in funds():
            return Reach(datetime.min.replace(tzinfo=UTC), "a workbook has all days of its fund")
        return Reach(None, f"no issuer is asked for {series.symbol}: drop a file into the inbox")

    @property
    def pace_seconds(self) -> float:
        """Six workbooks at most, of two sites: nothing to pace."""
        return 0.0

    def site(self, request: Request) -> str:
        """Grayscale's store or BlackRock's pages: one that is gone says nothing of the other."""
        return _fund(request).publisher

    def fetch(self, request: Request) -> bytes:
        """A fund's workbook as it came, whatever it holds.

        Raises:
            SourceUnavailableError: as `get`, the store says that it does not exist, or the workbook
                ends before its end, which the transport did not notice.
            SourceError: as `get`; the store has no such workbook, which says nothing of the others.
        """
        fund = _fund(request)
        url = (self._own_address or fund.site) + fund.path
        try:
            body = get(url, fund.params, timeout=self._timeout, agent=OURSELVES)
        except SourceError as error:
            if b"<Code>NoSuchBucket</Code>" in error.first_bytes:
                raise SourceUnavailableError(
                    f"{url}: the store says that it does not exist",
                    "It does so now and then: ask again later.",
                    error.status,
                    error.first_bytes,
                ) from error
            if b"<Code>AccessDenied</Code>" in error.first_bytes:
                raise SourceError(
                    f"{url}: the store has no such workbook",
                    "Look for its new address on Grayscale's page of the fund.",
                    error.status,
                    error.first_bytes,
                ) from error
            raise
        if _is_cut(body):
            what = f"{url}: the workbook breaks off after {len(body)} bytes"
            raise SourceUnavailableError(what, "Ask again later.", 200, body)
        return body


def parse(request: Request, body: bytes, requested_at: datetime) -> dict[str, pl.DataFrame]:  # noqa: ARG001 - the gate compares the days with it
    """The days of one fund.

    Raises:
        SourceChangedError: a fund that this program does not ask for, or as workbook.read.
    """
    return read("issuers", request.what, _fund(request), body)


def _fund(request: Request) -> Fund:
    fund = funds().get(request.what)
    if fund is None:
        raise SourceChangedError(
            "issuers", request.what, f"one of {', '.join(funds())}", "another fund"
        )
    return fund


def _is_cut(body: bytes) -> bool:
    if is_xlsx(body):
        return not zipfile.is_zipfile(io.BytesIO(body))
    return is_spreadsheetml(body) and b"Workbook>" not in body[-64:]
