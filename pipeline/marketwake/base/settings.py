"""Settings: one file, `marketwake.toml`, and the environment for secrets. Every setting has a
default that works.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from marketwake.base.clock import Clock, utc_now
from marketwake.base.errors import BadInputError

FILE = "marketwake.toml"


@dataclass(frozen=True)
class Settings:
    """What a live run asks for. Fields of simple types stand in the file under their names;
    `addresses` is a table.
    """

    spot_venues: tuple[str, ...] = ("Coinbase", "Kraken", "Bitstamp", "Binance")
    """In order of preference: the first `spot_side_by_side` are stored side by side, the others
    stand in for one that fails or lacks the history that is missing.
    """
    spot_side_by_side: int = 2
    spot_symbols: tuple[str, ...] = ("BTC/USD", "ETH/USD", "ETH/BTC")
    """On a venue that trades against USDT, USD stands for USDT."""
    spot_interval: str = "1h"
    history_from: date = date(2025, 6, 1)
    """Where a warehouse that holds nothing yet begins."""
    lookback_hours: int = 72
    """Read again each night, for late and restated figures."""
    timeout_seconds: float = 20
    coins: int = 50
    """Size of the panel of coins, by market value."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Source or venue, in lower case -> address used instead of the real one: for proxies and
    loopback tests.
    """
    now: datetime | None = None
    """For rehearsals against recorded venues: the instant that a run takes for the present."""
    state_folder: Path = Path("warehouse/state")
    """Where clients keep their caches and cookies; set to a folder below the warehouse."""
    reports_url: str = ""
    """Where a web server serves `<warehouse>/reports`, for the links in artifacts; `marketwake
    serve` has its own and tells its runs so in the environment, MARKETWAKE_REPORTS_URL.
    """
    coingecko_api_key: str | None = field(default=None, repr=False)
    """From the environment, COINGECKO_API_KEY; never from the file."""
    alert_webhook: str | None = field(default=None, repr=False)
    """Where alerts are posted. From the environment, MARKETWAKE_ALERT_WEBHOOK; never from the file:
    the address may hold a secret.
    """

    def clock(self) -> Clock:
        """What a run takes for the time."""
        instant = self.now
        return (lambda: instant) if instant else utc_now


_EXAMPLES = {"now": datetime(2025, 8, 22, 9, 30, tzinfo=UTC)}
_FROM_FILE = {setting.name for setting in fields(Settings)} - {
    "state_folder",
    "coingecko_api_key",
    "alert_webhook",
}


def read_settings(root: Path, path: Path | None = None) -> Settings:
    """Settings for a warehouse root from `path`, else from $MARKETWAKE_CONFIG, else from
    ./marketwake.toml where there is one.

    Raises:
        BadInputError: the file is missing or not TOML, or names an unknown setting or one of the
            wrong type; or the address for alerts is not one of http or https.
    """
    chosen = path or (
        Path(os.environ["MARKETWAKE_CONFIG"]) if "MARKETWAKE_CONFIG" in os.environ else None
    )
    given: dict[str, Any] = {}
    if chosen or Path(FILE).exists():
        file = chosen or Path(FILE)
        try:
            given = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise BadInputError(
                f"settings {file} cannot be read: {error}",
                "Mend the file, or run without it: every setting has a default.",
            ) from error
        _check(file, given)
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }
    fresh = Settings(
        state_folder=root / "state",
        reports_url=os.environ.get("MARKETWAKE_REPORTS_URL", ""),
        coingecko_api_key=os.environ.get("COINGECKO_API_KEY"),
        alert_webhook=_webhook(os.environ.get("MARKETWAKE_ALERT_WEBHOOK")),
    )
    return replace(fresh, **values)


def _webhook(address: str | None) -> str | None:
    if not address:
        return None
    try:
        parts = urlsplit(address)
        sound = (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and parts.port != 0
            and parts.username is None
        )
    except ValueError:
        sound = False
    # Python quotes an address that it cannot send in full, and this one may hold a secret.
    if not sound or not address.isascii() or not address.isprintable() or " " in address:
        raise BadInputError(
            "MARKETWAKE_ALERT_WEBHOOK is no address of http or https",
            "Write it like https://example.org/hook, or leave it unset.",
        )
    return address


def _check(file: Path, given: dict[str, Any]) -> None:
    default = Settings()
    for name, value in given.items():
        if name not in _FROM_FILE:
            raise BadInputError(
                f"settings {file}: unknown setting '{name}'",
                f"Known settings: {', '.join(sorted(_FROM_FILE))}.",
            )
        wanted = datetime if name == "now" else type(getattr(default, name))
        allowed = {tuple: list, float: int | float}.get(wanted, wanted)
        if not isinstance(value, allowed) or isinstance(value, bool):
            raise BadInputError(
                f"settings {file}: {name} is {value!r}",
                f"It must look like {_EXAMPLES.get(name, getattr(default, name))!r}.",
            )
