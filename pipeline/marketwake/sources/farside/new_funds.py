"""Funds that Farside's pages have and seed.fund lacks: their flows are loaded, and marts leave them
out until the seed knows them.
"""

import polars as pl

from marketwake.base.errors import counted
from marketwake.sources.farside.table import known_tickers


class NewFunds:
    """What the pages of one run have of them."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], str] = {}

    def note(self, flows: pl.DataFrame) -> None:
        """Look through the flows of a page, as its parser gave them."""
        oldest = flows.group_by("ticker", "asset", maintain_order=True).agg(pl.col("session").min())
        for ticker, asset, session in oldest.iter_rows():
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
