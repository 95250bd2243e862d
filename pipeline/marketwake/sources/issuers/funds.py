"""The funds whose issuer publishes its own shares and net asset value for all of its days, and
where.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

from marketwake.base.seeds import seed_rows

DATASET = "etf_nav"
VENDOR = "Issuers"
"""What the ledger calls them, all together."""
GRAYSCALE = "https://reporting-prod-20231113144948145500000003.s3.us-east-1.amazonaws.com"
ISHARES = "https://www.blackrock.com"
_DOCUMENT = "/varnish-api/blk-one01-product-data/product-data/api/v1/get-fund-document"
_IN_GRAYSCALES_STORE = {
    "GBTC": "672e88c7-dac6-4fcd-9069-18eef01a2c73",
    "BTC": "9ba286d6-3067-4153-b430-81d9d7a25696",
    "ETHE": "585fdb73-c55c-40cd-bb35-e1b532d72e70",
    "ETH": "52edbb6f-93e8-4b73-85f6-6b347706bc2a",
}
_PORTFOLIOS_OF_ISHARES = {"IBIT": "333011", "ETHA": "337614"}


@dataclass(frozen=True)
class Fund:
    """A fund of seed.fund. `publisher`: Grayscale or iShares; `document`: what its publisher calls
    its file by; `launched_on`: its first session as a listed fund.
    """

    ticker: str
    asset: str
    publisher: str
    document: str
    launched_on: date

    @property
    def was_trust(self) -> bool:
        """Whether it was a closed trust before, and has days from before its listing."""
        return self.ticker in {"GBTC", "ETHE"}

    @property
    def site(self) -> str:
        """Scheme and host that serve the file."""
        return GRAYSCALE if self.publisher == "Grayscale" else ISHARES

    @property
    def path(self) -> str:
        """The address of the file on its site."""
        is_stored = self.publisher == "Grayscale"
        return f"/product-performance/{self.document}.xlsx" if is_stored else _DOCUMENT

    @property
    def params(self) -> dict[str, str]:
        """The query of that address."""
        if self.publisher == "Grayscale":
            return {}
        return {
            "appType": "PRODUCT_PAGE",
            "appSubType": "ISHARES",
            "targetSite": "us-ishares",
            "locale": "en_US",
            "portfolioId": self.document,
            "component": "fundDownload",
            "userType": "individual",
        }


@cache
def funds() -> dict[str, Fund]:
    """By ticker; Grayscale's first, then those of iShares."""
    known = {row["ticker"]: row for row in seed_rows("fund")}
    return {
        ticker: Fund(
            ticker,
            known[ticker]["asset"],
            publisher,
            document,
            date.fromisoformat(known[ticker]["launched_on"]),
        )
        for publisher, documents in (
            ("Grayscale", _IN_GRAYSCALES_STORE),
            ("iShares", _PORTFOLIOS_OF_ISHARES),
        )
        for ticker, document in documents.items()
    }
