"""Settings: one file, `marketwake.toml`, and the environment for secrets. Every setting has a
default that works.
"""

import os
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from marketwake.base.clock import Clock, midnight, utc_now
from marketwake.base.errors import BadInputError
from marketwake.base.seeds import seed_rows
from marketwake.base.series import INTERVALS, is_market
from marketwake.base.settings_form import (
    Form,
    is_address,
    is_on_this_machine,
    is_plain,
    names,
    number,
)
from marketwake.base.text import closest

FILE = "marketwake.toml"
FIRST_DAY = date(2009, 1, 3)
"""There was no bitcoin before."""
LONGEST_LOOKBACK_HOURS = 366 * 24
MOST_COINS = 1000
BINANCE_ARCHIVE = "binance-archive"
"""Where Binance's public archive is asked for whole months."""
VENDORS = (BINANCE_ARCHIVE, "coingecko", "farside", "issuers", "yahoo")
"""Sources beside the spot venues that may have an address of their own."""
MIRRORS = ("binance-mirror",)
"""Further addresses of a venue's, asked where the usual one refuses."""


@dataclass(frozen=True)
class Settings:
    """What a live run asks for. Fields of simple types stand in the file under their names;
    `addresses` is a table.

    Raises:
        BadInputError: a value is of the wrong type or form, or out of its range.
    """

    spot_venues: tuple[str, ...] = ("Coinbase", "Kraken", "Bitstamp", "Binance")
    """In order of preference: the first `spot_side_by_side` are stored side by side, the others
    stand in for one that fails or lacks the history that is missing.
    """
    spot_side_by_side: int = 2
    """How many of the venues are stored side by side."""
    spot_symbols: tuple[str, ...] = ("BTC/USD", "ETH/USD", "ETH/BTC")
    """On a venue that trades against USDT, USD stands for USDT."""
    spot_interval: str = "1h"
    """Length of the bars that venues are asked for."""
    history_from: date = date(2025, 6, 1)
    """Where a warehouse that holds nothing yet begins."""
    lookback_hours: int = 72
    """Read again each night, for late and restated figures."""
    timeout_seconds: float = 20
    """How long a source may take to answer."""
    coins: int = 50
    """Size of the panel of coins, by market value."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Source or venue, in lower case -> address used instead of the real one: for proxies, and for
    rehearsals against venues on this machine.
    """
    now: datetime | None = None
    """For rehearsals against recorded venues: the instant that a run takes for the present."""
    state_folder: Path = Path("warehouse/state")
    """Where clients keep their caches and cookies; set to a folder below the warehouse."""
    warehouse_url: str = ""
    """A DuckLake in whose tables the warehouse lies, for more than one machine:
    `ducklake:postgres:` and how PostgreSQL is reached, without a password. Empty: in files of the
    warehouse's folder.
    """
    lake_data: str = ""
    """Where such a lake's files and payloads lie, for all machines: a folder or s3://bucket/prefix.
    Empty: `lake` in the warehouse's folder.
    """
    memory_limit: str = ""
    """The most memory that DuckDB takes for what it works on, writing and reading; what needs more
    goes through the disk. Empty: four fifths of what the machine has.
    """
    threads: int = 0
    """How many cores DuckDB uses, writing and reading; 0: all."""
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

    def __post_init__(self) -> None:
        for name, form in FORMS.items():
            value = getattr(self, name)
            if not form.fits(value):
                raise BadInputError(
                    f"{form.called or name} {form.told(value)}",
                    f"{form.meant(value)}It must be {form.wanted}.",
                )
        if self.now and not midnight(FIRST_DAY) <= self.now <= utc_now():
            raise BadInputError(
                f"now is {self.now}", f"It must be an instant from {FIRST_DAY} to the present."
            )
        today = self.clock()().date()
        if not FIRST_DAY <= self.history_from <= today:
            raise BadInputError(
                f"history_from is {self.history_from}",
                f"It must be a day from {FIRST_DAY} to {today}.",
            )

    def own_address(self, source: str) -> str:
        """The address of one's own at which a source is asked, by the name on its receipts; empty
        for the source's own.
        """
        return self.addresses.get(source.removeprefix("spot-"), "")

    def lake_folder(self, root: Path) -> str:
        """Where files and payloads of a lake lie, for a warehouse's folder; empty without one."""
        if not self.warehouse_url:
            return ""
        return (self.lake_data or str((root / "lake").absolute())).rstrip("/")

    @property
    def is_rehearsal(self) -> bool:
        """Whether a source is asked on this machine."""
        return any(map(is_on_this_machine, self.addresses.values()))

    def clock(self) -> Clock:
        """What a run takes for the time."""
        instant = self.now.astimezone(UTC) if self.now else None
        return (lambda: instant) if instant else utc_now


def _odd(addresses: Mapping[str, object]) -> list[str]:
    return [
        name
        for name, address in addresses.items()
        if name not in _ADDRESSED or not is_address(address)
    ]


def _meant(given: Iterable[object], known: Collection[str]) -> str:
    """The question after the first of the names that nobody knows."""
    unknown = (name for name in given if isinstance(name, str) and name not in known)
    return next((closest(name, known) for name in unknown), "")


def _no_address(_: object = None) -> str:
    return "is no address of http or https"


_VENUES = tuple(row["venue"] for row in seed_rows("venue"))
_ADDRESSED = (*(name.lower() for name in _VENUES), *MIRRORS, *VENDORS)
_ADDRESS = "an address of http or https, with a host and without a password, like"
FORMS = {
    "spot_venues": replace(
        names(", ".join(_VENUES), lambda name: name in _VENUES),
        meant=lambda value: _meant(value if isinstance(value, list | tuple) else [], _VENUES),
    ),
    "spot_side_by_side": number(1, len(_VENUES)),
    "spot_symbols": names("markets as base/quote in capitals, like BTC/USD", is_market),
    "spot_interval": Form(f"one of {', '.join(INTERVALS)}", lambda value: value in INTERVALS),
    "history_from": Form("a day, like 2025-06-01", lambda value: type(value) is date),
    "lookback_hours": number(0, LONGEST_LOOKBACK_HOURS),
    "timeout_seconds": number(0.1, 600, whole=False),
    "coins": number(1, MOST_COINS),
    "addresses": Form(
        f"a table of {', '.join(_ADDRESSED)}, each {_ADDRESS} http://127.0.0.1:8080",
        lambda value: isinstance(value, Mapping) and not _odd(value),
        told=lambda value: (
            f"has '{_odd(value)[0]}'" if isinstance(value, Mapping) else "is no table"
        ),
        meant=lambda value: _meant(_odd(value) if isinstance(value, Mapping) else [], _ADDRESSED),
    ),
    "now": Form(
        "an instant with its offset from UTC, like 2025-08-22T09:30:00Z",
        lambda value: value is None or (isinstance(value, datetime) and value.tzinfo is not None),
    ),
    "warehouse_url": Form(
        "an address like 'ducklake:postgres:host=10.0.0.5 dbname=lake user=marketwake', whose "
        "password stands in PGPASSWORD or ~/.pgpass, or empty",
        lambda value: (
            isinstance(value, str)
            and bool(re.fullmatch(r"(ducklake:postgres:[^'\n]+)?", value))
            and not re.search(r"password\s*=|://[^/@]*:[^/@]*@", value)
        ),
        told=lambda _: "is no address of a lake, or holds a password",
    ),
    "lake_data": Form(
        "an absolute folder like /mnt/lake, s3://bucket/prefix, or empty",
        lambda value: (
            isinstance(value, str) and bool(re.fullmatch(r"((/|s3://[^/]+/)[^'\n]*)?", value))
        ),
    ),
    "memory_limit": Form(
        # With 64 MB a rebuild of the sample ran, with 20 it did not.
        "an amount like 512MB or 2GB, 100MB at least, or empty",
        lambda value: (
            isinstance(value, str) and bool(re.fullmatch(r"([1-9]\d{2,}MB|[1-9]\d*[GT]B)?", value))
        ),
    ),
    "threads": number(0, 1024),
    "reports_url": Form(
        f"{_ADDRESS} https://example.org/reports, or empty",
        lambda value: value == "" or is_address(value),
        told=_no_address,
    ),
    "coingecko_api_key": Form(
        "letters and digits without spaces, or unset",
        lambda value: value is None or (isinstance(value, str) and is_plain(value)),
        "COINGECKO_API_KEY",
        lambda _: "has spaces, or characters that no key has",
    ),
    # Python quotes an address that it cannot send in full, and this one may hold a secret.
    "alert_webhook": Form(
        f"{_ADDRESS} https://example.org/hook, or unset",
        lambda value: value is None or is_address(value),
        "MARKETWAKE_ALERT_WEBHOOK",
        _no_address,
    ),
}
_FROM_FILE = sorted(name for name, form in FORMS.items() if not form.called)


def read_settings(root: Path, path: Path | None = None) -> Settings:
    """Settings for a warehouse root from `path`, else from $MARKETWAKE_CONFIG, else from
    ./marketwake.toml where there is one.

    Raises:
        BadInputError: the file is missing or not TOML, or names an unknown setting; or a setting,
            there or in the environment, is of the wrong type or form, or out of its range.
    """
    fresh = Settings(
        state_folder=root / "state",
        reports_url=os.environ.get("MARKETWAKE_REPORTS_URL", ""),
        coingecko_api_key=os.environ.get("COINGECKO_API_KEY") or None,
        alert_webhook=os.environ.get("MARKETWAKE_ALERT_WEBHOOK") or None,
    )
    named = os.environ.get("MARKETWAKE_CONFIG")
    chosen = path or (Path(named) if named else None)
    file = chosen or Path(FILE)
    if not chosen and not file.exists():
        return fresh
    given = _read(file)
    for name in given:
        if name not in _FROM_FILE:
            raise BadInputError(
                f"settings {file}: unknown setting '{name}'",
                f"{closest(name, _FROM_FILE)}Known settings: {', '.join(_FROM_FILE)}.",
            )
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }
    try:
        return replace(fresh, **values)
    except BadInputError as error:
        raise BadInputError(f"settings {file}: {error.what}", error.fix) from error


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    # ValueError: no TOML, no UTF-8, a number of thousands of digits.
    except (OSError, ValueError, RecursionError) as error:
        raise BadInputError(
            f"settings {file} cannot be read: {error}",
            "Mend the file, or run without it: every setting has a default.",
        ) from error
