"""Options that several commands share."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from marketwake.base.errors import BadInputError

Root = Annotated[
    Path,
    typer.Option("--warehouse", envvar="MARKETWAKE_WAREHOUSE", help="Folder of the warehouse."),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Say nothing unless something is wrong, as cron likes it."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
RUN, ASK, STUDY, OWN, UPKEEP = "Run", "Ask", "Study", "Your own", "Upkeep"
"""Panels of the help."""
HERE = Path("warehouse")
STOPPED = 130
"""Exit code after Ctrl-C, as shells have it."""


def instant(option: str, text: str | None) -> datetime | None:
    """The instant that an option names. Raises BadInputError."""
    try:
        return datetime.fromisoformat(text) if text is not None else None
    except ValueError as error:
        raise BadInputError(
            f"{option}: '{text}' is no instant", "Write it like 2025-08-07T16:00Z."
        ) from error


def day(option: str, text: str | None) -> date | None:
    """The day that an option names. Raises BadInputError."""
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError as error:
        raise BadInputError(f"{option}: '{text}' is no day", "Write it like 2025-08-07.") from error
