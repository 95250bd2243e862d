"""What works from here: every source is asked for its smallest thing, one after the other. No
warehouse is needed, and nothing is kept.
"""

import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from marketwake.base.errors import (
    BlockedError,
    ClockError,
    MarketwakeError,
    RateLimitedError,
    SourceChangedError,
    SourceError,
    SourceUnavailableError,
    UnreachableError,
    unnamed,
)
from marketwake.base.settings import Settings
from marketwake.base.text import printable
from marketwake.runs.rehearsal import refuse_venue
from marketwake.sources.http import connecting_within
from marketwake.sources.registry import read, refusing
from marketwake.sources.smallest import Smallest, smallest
from marketwake.sources.source import Clock
from marketwake.sources.told_time import compared
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.gate import rules

LIBRARIES = ("ccxt", "yfinance", "curl_cffi", "duckdb", "polars", "prefect")
"""Whose versions a report of a defect needs."""
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
LONGEST_SECONDS = 10.0
"""For an answer; a night has more patience."""
IMPATIENT_SECONDS = 2.0
"""For a connection, once LOST sources in a row could not be connected to: then it is the network.
"""
LOST = 2
WORKS = "works"
_STATUS: tuple[tuple[type[SourceError], str], ...] = (
    (UnreachableError, "unreachable"),
    (RateLimitedError, "wants a pause"),
    (SourceUnavailableError, "no answer"),
    (BlockedError, "blocked"),
    (ClockError, "other time"),
    (SourceChangedError, "no figures"),
    (SourceError, "refused"),
)
"""By the error, the first that fits."""
_CUT_OFF, _OUT_OF_ORDER = "cut off", "out of order"
"""In the place of "no answer" where there was one: a piece of it, or a fault of the source's."""
_NO_FIGURES = (
    "Something stands in the place of figures, a page that only a browser passes for one, or their "
    "form has changed. Look at {address} in a browser; where all is as ever there, report this."
)


@dataclass(frozen=True)
class Finding:
    """What came of asking a source; of one that asks several sites, `source` names the publisher.

    `address` is where it was asked, `http_status` of its answer where that was the fault;
    `newest` its newest figure in words; `reason` and `remedy` are empty where it works.
    """

    source: str
    address: str
    status: str
    seconds: float
    http_status: int | None
    newest: str
    reason: str
    remedy: str
    terms: str

    @property
    def works(self) -> bool:
        """Whether figures came."""
        return self.status == WORKS


def head(settings: Settings) -> dict[str, Any]:
    """What a report of a defect needs beside the findings: versions, platform, the instant (UTC),
    which settings are not the defaults, and whether a key and proxies are set, none of which is
    told.
    """
    plain = Settings(state_folder=settings.state_folder, reports_url=settings.reports_url)
    names = sorted(vars(plain))
    return {
        "marketwake": version("marketwake"),
        "python": platform.python_version(),
        "platform": printable(platform.platform()),
        "libraries": {name: version(name) for name in LIBRARIES},
        "at": f"{settings.clock()():%Y-%m-%dT%H:%M:%SZ}",
        "settings": [name for name in names if getattr(settings, name) != getattr(plain, name)],
        "proxies": [
            name for name in PROXIES if os.environ.get(name) or os.environ.get(name.upper())
        ],
    }


def examine(settings: Settings, tell: Callable[[Finding], None] = lambda _: None) -> list[Finding]:
    """Ask every source that a live run with these settings may ask, each for one thing; `tell`
    hears of each as soon as it is known.
    """
    findings = list[Finding]()
    lost = 0
    # Their import takes seconds, which are none of a source's.
    for name in ("ccxt", "yfinance"):
        import_module(name)
    with TemporaryDirectory(prefix="marketwake-doctor-") as folder:
        for thing in smallest(settings):
            patient = replace(
                settings,
                state_folder=Path(folder),
                timeout_seconds=min(settings.timeout_seconds, LONGEST_SECONDS),
            )
            with connecting_within(IMPATIENT_SECONDS if lost >= LOST else LONGEST_SECONDS):
                found = _find(thing, patient)
            lost = lost + 1 if found.status == "unreachable" else 0
            findings.append(found)
            tell(found)
    return findings


def _find(thing: Smallest, settings: Settings) -> Finding:
    own = settings.own_address(thing.source)
    began = time.monotonic()
    newest, error = "", None
    try:
        with _named(thing.source):
            refuse_venue(thing.source, settings)
            newest = _newest(thing, settings)
    except SourceError as caught:
        error = caught
    return Finding(
        thing.label,
        _bare_address(own or thing.address),
        WORKS if error is None else _status(error),
        round(time.monotonic() - began, 1),
        error.status if error else None,
        newest,
        _shown(unnamed(thing.source, error.what), own) if error else "",
        _shown(_remedy(thing, error), own) if error else "",
        thing.terms,
    )


def _newest(thing: Smallest, settings: Settings) -> str:
    """The newest figure of one answer, in words. Raises SourceError."""
    clock: Clock = settings.clock()
    source, request = thing.ask(settings, clock)
    asked_at = clock()
    with compared(source.name, clock):
        body = source.fetch(request)
    frame = read(source.name, request, body, asked_at).get(thing.table, pl.DataFrame())
    contract = read_contracts("raw")[thing.table]
    with refusing(source.name, request):
        validated = contract.validate(frame, rules(contract, asked_at))
    if validated.rejected.height:
        found = validated.rejected["reason"][0]
        raise SourceChangedError(source.name, request.what, "rows that can be", found)
    if validated.accepted.is_empty():
        raise SourceChangedError(source.name, request.what, "a figure", "an answer without one")
    row = validated.accepted.sort(thing.stamp).row(-1, named=True)
    stamp = row[thing.stamp]
    # Of a bar that opens within the day the hour, of all else the day.
    told = f"{stamp:%Y-%m-%d %H:%M}" if hasattr(stamp, "hour") else f"{stamp:%Y-%m-%d}"
    value = "-" if row[thing.value] is None else f"{row[thing.value]:,.2f}"
    return f"{told} {row[thing.name]} {thing.value} {value}"


@contextmanager
def _named(source: str) -> Iterator[None]:
    """Whatever breaks while one source is asked is told of that source, and the next is asked."""
    try:
        yield
    except SourceError:
        raise
    except (Exception, pl.exceptions.PanicException) as error:
        fix = error.fix if isinstance(error, MarketwakeError) else "This is a defect: report it."
        raise SourceError(f"{source}: {type(error).__name__}: {error}", fix) from error


def _status(error: SourceError) -> str:
    if type(error) is SourceUnavailableError and error.status:
        return _CUT_OFF if error.status < 500 else _OUT_OF_ORDER
    return next(word for kind, word in _STATUS if isinstance(error, kind))


def _remedy(thing: Smallest, error: SourceError) -> str:
    # Of an answer that landed the error says what becomes of it; here nothing lands.
    return _NO_FIGURES.format(**vars(thing)) if isinstance(error, SourceChangedError) else error.fix


def _bare_address(address: str) -> str:
    """Without what may hold a secret."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"


def _shown(text: str, own: str) -> str:
    """Without whose machine it is, and without the path of an address of one's own, which can hold
    a key.
    """
    if own:
        text = text.replace(own.split("?")[0].rstrip("/"), _bare_address(own))
    return text.replace(str(Path.home()), "~")


def as_json(head: dict[str, Any], findings: list[Finding]) -> dict[str, Any]:
    """Head and findings, ready for JSON, with how many sources do not work."""
    return {
        **head,
        "failed": sum(not finding.works for finding in findings),
        "sources": [asdict(finding) for finding in findings],
    }
