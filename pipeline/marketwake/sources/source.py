"""What every source offers: a list of requests, a fetch that alone touches the outside, and a pure
parse.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from marketwake.base.clock import Clock, utc_now
from marketwake.base.errors import SourceError
from marketwake.base.series import Series, Window

if TYPE_CHECKING:
    # The list of receipts is read before a run knows whether it needs polars.
    import polars as pl

__all__ = [
    "Clock",
    "Noting",
    "Parse",
    "Reach",
    "Remarking",
    "Request",
    "Sited",
    "Source",
    "WindowSource",
    "read_file",
    "utc_now",
]


@dataclass(frozen=True)
class Request:
    """One thing to ask a source for.

    `dataset` names the raw table that it feeds, or the source's own name for a payload that feeds
    several; `what` is the file name or address, without secrets. Together with the source's name
    they identify the request over time.

    `ordered_by` says why the answer may restate what stands without a look: `split`, `again` or
    `supersede`; empty where nobody ordered it.
    """

    dataset: str
    what: str
    ordered_by: str = field(default="", compare=False)


@dataclass(frozen=True)
class Reach:
    """What can still be had of a series: from the stamp `first` (UTC) on, or nothing; `why` says
    what stands in the way of more.
    """

    first: datetime | None
    why: str


class Source(Protocol):
    """A place that figures come from."""

    @property
    def name(self) -> str:
        """Stable name, stored with every payload; it finds the parser again at replay."""

    def requests(self) -> list[Request]:
        """What one run asks for. Raises SourceError when that cannot be told."""

    def fetch(self, request: Request) -> bytes:
        """The payload as the source sends it. Raises SourceUnavailableError or another
        SourceError.
        """


@runtime_checkable
class Sited(Protocol):
    """A source that asks several sites, of which one may fail without the others."""

    def site(self, request: Request) -> str:
        """The name of the site that a request goes to."""


@runtime_checkable
class Remarking(Protocol):
    """A source that has something to tell of what came, beside figures and faults."""

    def remarks(self) -> list[str]:
        """Sentences about the answers since the last call: what they lack, what was left out."""


@runtime_checkable
class Noting(Protocol):
    """A source that looks at the rows of its answers, to tell something of them beside."""

    def note(self, frames: "Mapping[str, pl.DataFrame]") -> None:
        """The rows of an answer by raw table, as soon as it is read; not of one that is refused."""


class WindowSource(Source, Protocol):
    """A source that can be asked for any stretch of its series, so that holes in the middle can be
    filled.
    """

    @property
    def pace_seconds(self) -> float:
        """From one request to the next, as the source's rate limit asks; 0 where it names none."""

    def reach(self, series: Series) -> Reach:
        """What can be had of a series."""

    def ask(self, windows: Iterable[Window]) -> list[Request]:
        """The fewest requests that cover the windows, which must lie within `reach`. Neighbouring
        windows may share one.
        """


def read_file(source: str, path: Path) -> bytes:
    """The bytes of a file that a source reads. Raises SourceError when that fails."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"{source}: {path} cannot be read: {error.strerror}",
            "Restore the file, or give this user read access.",
        ) from error


Parse: TypeAlias = "Callable[[Request, bytes, datetime], dict[str, pl.DataFrame]]"
"""Request, payload and the instant of asking -> frames by raw table name (without schema), with the
contract's incoming columns; text is cast by the contract. A bar is finished when it ended by the
instant of asking.

Pure: landing alone must be enough for a replay. Raises SourceChangedError.
"""
