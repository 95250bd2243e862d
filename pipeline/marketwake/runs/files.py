"""The command load: a run that asks no source and takes in files by their paths, each in a
transaction of its own. They stay where they are.
"""

import logging
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from marketwake.base.errors import BadInputError
from marketwake.base.series import INTERVALS, SYMBOL
from marketwake.base.settings import read_settings
from marketwake.base.text import closest
from marketwake.landing.receipts import DECISION
from marketwake.runs import steps
from marketwake.runs.load import Loaded
from marketwake.runs.result import RunFailedError, RunResult
from marketwake.runs.run import PLAIN, Run
from marketwake.sources import files
from marketwake.sources.files.bars import IDS, place
from marketwake.sources.files.given import SOURCE
from marketwake.sources.files.offered import CHECKSUM, Offer, Wanted, folders_of, offers
from marketwake.sources.source import Request
from marketwake.warehouse.files import Warehouse
from marketwake.warehouse.locks import PATIENCE_SECONDS


@dataclass(frozen=True)
class FileResult:
    """What came of a file, or of a member of an archive; where several have one name, it is with
    their folders. `state`: loaded; unchanged: just these bytes had been dealt with before; refused;
    failed: it could not be read. `why` is empty where all is well; `notes` tell what was left out
    by rule.
    """

    name: str
    state: str
    new: int = 0
    same: int = 0
    restated: int = 0
    held: int = 0
    rejected: int = 0
    why: str = ""
    notes: tuple[str, ...] = ()


class Watch(Protocol):
    """Who is told how it goes."""

    def begun(self, name: str) -> None:
        """A file is under way."""

    def ended(self, result: FileResult) -> None:
        """What came of it, or of a member of it."""

    def done(self) -> None:
        """A file is dealt with, with all its members."""

    def concluding(self) -> None:
        """All files are; what came is built, checked and published."""


@dataclass(frozen=True)
class Choice:
    """How files are to be taken: the venue where they do not tell it, markets and lengths of large
    archives where they are not those of the settings, and whether they restate what better sources
    gave.
    """

    venue: str | None = None
    symbols: tuple[str, ...] = ()
    intervals: tuple[str, ...] = ()
    supersede: bool = False


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The files that are named, and those in the folders that are, by name; hidden ones, and
    checksums beside what they are of, are left alone.

    Raises:
        BadInputError: a path that is not there or no file, or a folder without one.
    """
    found = dict.fromkeys(file for path in paths for file in _files_at(path))
    return [file for file in found if not _is_checksum(file)]


def _files_at(path: Path) -> Iterator[Path]:
    if path.is_dir():
        inside = [
            file
            for file in sorted(path.rglob("*"))
            if file.is_file()
            and not any(part.startswith(".") for part in file.relative_to(path).parts)
        ]
        if not inside:
            raise BadInputError(f"there is no file in {path}", "Name files, or a folder of them.")
        yield from inside
    elif path.is_file():
        yield path
    else:
        raise BadInputError(f"there is no file {path}", "Name files, or folders of them.")


def _is_checksum(file: Path) -> bool:
    return (
        file.name.endswith(CHECKSUM) and file.with_name(file.name.removesuffix(CHECKSUM)).is_file()
    )


def load_files(root: Path, paths: Sequence[Path], choice: Choice, watch: Watch) -> RunResult:
    """Land and load files one by one, then build, check, publish and report. What is good is
    published even when a file was refused.

    Args:
        root: folder of the warehouse; made where it is not there.
        paths: of files, as `find_files` finds them.
        choice: what the files do not tell.
        watch: who is told.

    Raises:
        BadInputError: no such venue, market or length.
        RunFailedError: a file was refused or could not be read, or rows were rejected.
        ChecksFailedError: the data checks stopped the publishing.
        MarketwakeError: another step failed; readers keep the file of the last good run.
    """
    if choice.venue and choice.venue.lower() not in IDS:
        raise BadInputError(
            f"unknown venue '{choice.venue}'",
            f"{closest(choice.venue, IDS.values())}Choose {', '.join(sorted(set(IDS.values())))}.",
        )
    _refuse_unknown(choice)
    run = Run(Warehouse(root), "load", DECISION, read_settings(root))
    wanted = _wanted(run, choice)
    with run.hold(PATIENCE_SECONDS):
        run.source = "live" if steps.is_live(run.warehouse, run.landing) else "archive"
        shared = {name for name, count in Counter(p.name for p in paths).items() if count > 1}
        for file in paths:
            watch.begun(file.name)
            with _listening() as said:
                offered = _offers(file, choice, wanted)
            for offer in offered:
                came = _load(run, offer)
                if file.name in shared:
                    came = replace(came, name=f"{file.parent}/{came.name}")
                watch.ended(replace(came, notes=(*said.lines, *came.notes)))
                said.lines.clear()
            watch.done()
        watch.concluding()
        result = run.finish(PLAIN)
    if result.problems:
        raise RunFailedError(result)
    return result


def _refuse_unknown(choice: Choice) -> None:
    """Markets and lengths that are none. Raises BadInputError."""
    for symbol in choice.symbols:
        if not re.fullmatch(SYMBOL, symbol):
            raise BadInputError(
                f"--symbol: '{symbol}' is no market", "Write it in capitals, like BTC/USD."
            )
    for interval in choice.intervals:
        if interval not in INTERVALS:
            raise BadInputError(
                f"--interval: '{interval}' is no length", f"Choose {', '.join(INTERVALS)}."
            )


def _wanted(run: Run, choice: Choice) -> Wanted:
    usual = Wanted.by(run.settings)
    return Wanted(
        frozenset(choice.symbols) or usual.markets,
        frozenset(choice.intervals) or usual.intervals,
        is_ordered=bool(choice.symbols or choice.intervals),
    )


def _offers(file: Path, choice: Choice, wanted: Wanted) -> list[Offer]:
    notes = place(folders_of(file))
    if choice.venue:
        said = {IDS[choice.venue.lower()], *([notes["venue"]] if "venue" in notes else [])}
        notes["venue"] = " and ".join(sorted(said))
    name = os.fsencode(file.name).decode("utf-8", "replace")
    ordered_by = "supersede" if choice.supersede else ""
    return offers(file, Request(SOURCE, name, ordered_by), wanted, notes)


@dataclass(frozen=True)
class _One:
    """A source that has one file."""

    offer: Offer
    name: str = SOURCE

    def requests(self) -> list[Request]:
        return [self.offer.request]

    def fetch(self, request: Request) -> bytes:  # noqa: ARG002 - there is one
        return self.offer.read()


class _Said(logging.Handler):
    """What the parsers say of a file."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def _listening() -> Iterator[_Said]:
    said, logger = _Said(), logging.getLogger(files.__name__)
    logger.addHandler(said)
    try:
        yield said
    finally:
        logger.removeHandler(said)


def _load(run: Run, offer: Offer) -> FileResult:
    before = len(run.loads)
    fetched = run.fetch(_One(offer))
    with _listening() as said:
        run.load([fetched])
    name = offer.request.what
    if fetched.failures:
        return FileResult(name, "failed", why=fetched.failures[0][1].what)
    mine = [load for load in run.loads[before:] if load.receipt.request == offer.request]
    return _told(mine[-1], said.lines) if mine else _before(run, name)


def _told(load: Loaded, said: Sequence[str]) -> FileResult:
    same = load.accepted - load.new - load.restated - load.held
    why = load.error or load.first_reject or ""
    return FileResult(
        load.receipt.what, load.status, load.new, same, load.restated, load.held, load.rejected,
        why.removeprefix(f"{SOURCE}: {load.receipt.what}: "), tuple(said),
    )  # fmt: skip


def _before(run: Run, name: str) -> FileResult:
    """Of what had landed before, byte for byte, what came of it then."""
    with run.warehouse.writer() as con:
        rows = con.execute(
            "select rows_accepted, rows_held, rows_rejected, status, error_message from ops.load "
            "where source = ? and request = ? order by landed_at desc limit 1",
            [SOURCE, name],
        ).fetchall()
    if not rows:
        return FileResult(name, "unchanged")
    accepted, held, rejected, status, message = rows[0]
    result = FileResult(name, "unchanged", 0, accepted - held, 0, held, rejected)
    return replace(result, why=f"refused before: {message}") if status == "refused" else result
