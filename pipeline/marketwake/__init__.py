"""What did the market do after an event, and is what was written about it true?

    import marketwake as mw

    with mw.open("warehouse") as con:
        print(mw.study(con, event="eo-401k").test)

What Python programs use stands in `__all__`; everything else may change. A name is imported when it
is first used, so that importing the package takes milliseconds.

| name | what it is |
|---|---|
| `open` | the published warehouse, read-only |
| `study` | one event, or any instant, against what is normal |
| `Design` | its choices: windows, estimation, model, placebo dates |
| `panel` | one event or many, from two frames, without a warehouse |
| `PanelDesign` | its choices: model, benchmark or factors, windows, what a stamp names |
| `as_known` | a warehouse of what could be known at an instant |
| `claims` | what the articles claim, with verdicts and figures |
| `Settings` | what a run asks for; fields are the settings of marketwake.toml |
| `MarketwakeError` | the root of every error below it: `what` was wrong, and the `fix` |
| `__version__` | the version of the installed distribution, e.g. '0.1.0' |

Everywhere: instants are UTC, in frames `Datetime('us', 'UTC')`, and a `datetime` that is handed in
needs a time zone; returns, shares and rates are fractions, unless a column's name ends in its unit
(`_usd`, `_days`); a figure that cannot be computed is null. Errors form the tree of `base/errors`.
"""

from typing import TYPE_CHECKING, Any

from marketwake.base.errors import (
    BadInputError,
    BlockedError,
    ChecksFailedError,
    ClockError,
    DefinitionError,
    LandingError,
    MarketwakeError,
    NewerWarehouseError,
    RateLimitedError,
    ShutOutError,
    SourceChangedError,
    SourceError,
    SourceUnavailableError,
    UnreachableError,
    WarehouseError,
)

if TYPE_CHECKING:
    from os import PathLike

    from duckdb import DuckDBPyConnection

    from marketwake.base.settings import Settings
    from marketwake.event_study.design import Design
    from marketwake.event_study.known import as_known
    from marketwake.event_study.run import study_event as study
    from marketwake.fact_check.reading import read_claims as claims
    from marketwake.panel_study.design import PanelDesign
    from marketwake.panel_study.study import study_panel as panel

    __version__: str

__all__ = [
    "BadInputError",
    "BlockedError",
    "ChecksFailedError",
    "ClockError",
    "DefinitionError",
    "Design",
    "LandingError",
    "MarketwakeError",
    "NewerWarehouseError",
    "PanelDesign",
    "RateLimitedError",
    "Settings",
    "ShutOutError",
    "SourceChangedError",
    "SourceError",
    "SourceUnavailableError",
    "UnreachableError",
    "WarehouseError",
    "__version__",
    "as_known",
    "claims",
    "open",
    "panel",
    "study",
]

_HOMES = {
    "Design": "event_study.design:Design",
    "PanelDesign": "panel_study.design:PanelDesign",
    "Settings": "base.settings:Settings",
    "as_known": "event_study.known:as_known",
    "claims": "fact_check.reading:read_claims",
    "panel": "panel_study.study:study_panel",
    "study": "event_study.run:study_event",
}
"""Where the names that are slow to import live."""


def open(root: "str | PathLike[str]" = "warehouse") -> "DuckDBPyConnection":  # noqa: A001
    """The published warehouse, read-only: it never waits for a run, and no run waits for it.

    Args:
        root: folder of the warehouse, the one that holds market.duckdb.

    Returns:
        A DuckDB connection whose session time zone is UTC: query it with `con.sql(...)`, and close
        it, or use it in a `with`. It goes on reading the file that was the newest when it was
        opened.

    Raises:
        WarehouseError: nothing has been published yet, or the file cannot be opened;
            NewerWarehouseError where a newer version of the program has written it.
    """
    from pathlib import Path

    from marketwake.warehouse.files import Warehouse

    return Warehouse(Path(root)).reader()


def __getattr__(name: str) -> Any:  # noqa: ANN401
    from importlib import import_module, metadata

    if name == "__version__":
        return metadata.version("marketwake")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    globals()[name] = value = getattr(import_module(f"{__name__}.{module}"), attribute)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
