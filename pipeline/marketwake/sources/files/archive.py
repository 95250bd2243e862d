"""A folder of recorded public files, each in its publisher's own layout:

    spot/<venue>/<BASE>_<QUOTE>-<interval>.feather     archive_spot, bars as freqtrade stores them
    spot/breadth/*.csv                                 archive_coins, CoinGecko's market data
    etf/farside_<btc|eth>_flows.csv                    archive_flows, Farside's table of all history
    cme/contracts/*.csv                                archive_futures, daily bars of contracts
    equity/{gspc_daily,dow_daily,shiller_monthly}.csv  archive_index
    fedwatch/FedMeeting_<YYYYMMDD>.csv                 archive_fed, CME's download of one meeting

Whatever else lies in the folder is left alone, and named in the log. A file may be replaced by a
longer or corrected one at any time: what is new is added, what changed opens a new version. An
impossible cell (a 31 February, a price `abc`) is handed on as it stands, so that its row alone is
rejected.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from marketwake.base.errors import SourceChangedError, SourceError
from marketwake.sources.files import (
    archive_coins,
    archive_fed,
    archive_flows,
    archive_futures,
    archive_index,
    archive_spot,
)
from marketwake.sources.source import Request, read_file

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Layout:
    dataset: str
    path: re.Pattern[str]
    parse: Callable[[re.Match[str], bytes], dict[str, pl.DataFrame]]


LAYOUTS = (
    _Layout(
        "spot_bar",
        re.compile(
            r"spot/(?P<folder>\w+)/(?P<base>[^_/]+)_(?P<quote>[^_/-]+)-(?P<interval>\w+)\.feather"
        ),
        archive_spot.parse,
    ),
    _Layout("coin_snapshot", re.compile(r"spot/breadth/[^/]+\.csv"), archive_coins.parse),
    _Layout(
        "farside", re.compile(r"etf/farside_(?P<asset>btc|eth)_flows\.csv"), archive_flows.parse
    ),
    _Layout("futures_price", re.compile(r"cme/contracts/[^/]+\.csv"), archive_futures.parse),
    _Layout(
        "index_bar",
        re.compile(rf"equity/(?P<stem>{'|'.join(archive_index.FILES)})\.csv"),
        archive_index.parse,
    ),
    _Layout("fed_probability", re.compile(f"fedwatch/{archive_fed.NAME}"), archive_fed.parse),
)


_NAMED = 5
"""Files of a folder that are named one by one."""


class Archive:
    """The files below `folder` that have one of the layouts, a request each."""

    name = "archive"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def requests(self) -> list[Request]:
        """The files that are there, by path.

        Raises:
            SourceError: no folder, or no file of a known layout in it.
        """
        paths = sorted(
            path.relative_to(self._folder).as_posix()
            for path in self._folder.rglob("*")
            if path.is_file() and _is_text(path)
        )
        requests = [
            Request(layout.dataset, path)
            for path in paths
            for layout in LAYOUTS
            if layout.path.fullmatch(path)
        ]
        _tell_left_alone(sorted(set(paths).difference(request.what for request in requests)))
        if not requests:
            raise SourceError(
                f"archive: {self._folder} holds no file of a known layout",
                "Name the folder that holds spot/, etf/, cme/, equity/ and fedwatch/.",
            )
        return requests

    def fetch(self, request: Request) -> bytes:
        """The bytes of one file.

        Raises:
            SourceError: the file cannot be read.
        """
        return read_file(self.name, self._folder / request.what)


def _tell_left_alone(paths: list[str]) -> None:
    """Name the files that have none of the layouts: one line each, or one for a folder of many."""
    by_folder: dict[str, list[str]] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        by_folder.setdefault(folder, []).append(name)
    for folder, names in by_folder.items():
        place = f"{folder}/" if folder else ""
        if len(names) > _NAMED:
            shown = ", ".join(names[:_NAMED])
            log.warning(
                "archive: left alone, no known layout: %d files in %s: %s ...",
                len(names), place or "the folder", shown,
            )  # fmt: skip
        else:
            for name in names:
                log.warning("archive: left alone, no known layout: %s%s", place, name)
    if paths:
        log.warning("archive: `marketwake load FILE` reads more forms: docs/files.md")


def _is_text(path: Path) -> bool:
    """Whether a name is UTF-8, and so can be stored."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        log.warning("archive: %r is left alone: its name is no UTF-8", str(path))
        return False
    return True


def parse(request: Request, body: bytes) -> dict[str, pl.DataFrame]:
    """One file's rows, by raw table.

    Raises:
        SourceChangedError: the file has no known layout, or not the one that its path promises.
    """
    for layout in LAYOUTS:
        path = layout.path.fullmatch(request.what)
        if path:
            return layout.parse(path, body)
    raise SourceChangedError("archive", request.what, "a path of a known layout", "none that fits")
