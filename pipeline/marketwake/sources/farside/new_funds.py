"""Funds that Farside's pages have and seed.fund lacks: their flows are loaded, and marts leave them
out until the seed knows them.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from marketwake.base.errors import SourceChangedError, counted
from marketwake.sources.farside.page import read_page
from marketwake.sources.farside.table import known_tickers

_EVER = datetime.max.replace(tzinfo=UTC)


class NewFunds:
    """What the pages of one run have of them.

    Args:
        pages: the asset of each page.
    """

    def __init__(self, pages: Mapping[str, str]) -> None:
        self._pages = pages
        self._first: dict[tuple[str, str], str] = {}

    def note(self, page: str, body: bytes) -> None:
        """Read what a page has of them; its parser tells what is wrong with it."""
        asset = self._pages[page]
        try:
            flows = read_page("farside", page, asset, body, _EVER)["etf_flow"]
        except SourceChangedError:
            return
        for ticker, session in flows.select("ticker", "session").iter_rows():
            if ticker not in known_tickers(asset):
                fund = (ticker, asset)
                self._first[fund] = min(session, self._first.get(fund, session))

    def remarks(self) -> list[str]:
        """One sentence for all, with a line for the seed each, since the last call."""
        if not self._first:
            return []
        funds = ", ".join(f"{ticker} ({asset})" for ticker, asset in self._first)
        # Neither stands on the page: how far back it goes is no launch.
        lines = "; ".join(
            f'{ticker},{asset},<ISSUER>,<FIRST-DAY-OF-TRADING>,,"<WHERE-BOTH-ARE-KNOWN-FROM>" '
            f"(oldest session on the page: {oldest})"
            for (ticker, asset), oldest in self._first.items()
        )
        said = (
            f"{counted(len(self._first), 'fund')} unknown to seed.fund: {funds}. The flows are "
            f"loaded; for the marts add to sql/seeds/fund.csv, with what stands in <> put right: "
            f"{lines}"
        )
        self._first = {}
        return [said]
