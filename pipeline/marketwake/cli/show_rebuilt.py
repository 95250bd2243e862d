"""A rebuild on the terminal: what was judged and redrawn by it."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from marketwake.base.errors import counted
from marketwake.cli import show
from marketwake.cli.console import is_quiet, say
from marketwake.warehouse.files import Warehouse

if TYPE_CHECKING:
    from marketwake.runs.result import RunResult

_NAMED = 8
"""Claims and pages that are named; of more their number is told."""


def rebuilt(root: Path) -> None:
    """Rebuild, and tell what it came to.

    Raises:
        MarketwakeError: as the run does; of one that published, what it judged and redrew is told
            before.
    """
    began = time.time()
    with show.progress("rebuilding"):
        from marketwake.runs import rebuild as run
        from marketwake.runs.result import RunFailedError

        try:
            result = run.rebuild(root.absolute())
        except RunFailedError:
            _changed(root, began)
            raise
    show.result(result, root)
    _changed(root, began)
    _own_pages(result, root)


def _own_pages(result: "RunResult", root: Path) -> None:
    for page in result.pages:
        if (root / "events" / f"{page.stem}.toml").is_file():
            say(f"own event: {page}")


def _changed(root: Path, began: float) -> None:
    """A line for the claims that were judged since an instant, and one for the pages."""
    if is_quiet():
        return
    with Warehouse(root).reader() as con:
        builds = con.execute(
            "select events from ops.build where built_at >= to_timestamp(?)", [began]
        ).fetchall()
        verdicts = con.execute("select claim, verdict from mart.claim order by claim").fetchall()
    if all(events is not None for (events,) in builds):
        own = {path.stem for path in (root / "claims").glob("*.sql")} if builds else set()
        verdicts = [row for row in verdicts if row[0] in own]
    say(f"judged:    {_named('claim', [f'{claim} ({verdict})' for claim, verdict in verdicts])}")
    pages = sorted(
        page.stem
        for page in (root / "reports").glob("*.html")
        if "." not in page.stem and page.stem != "index" and page.stat().st_mtime >= began
    )
    say(f"redrawn:   {_named('page', pages)}")


def _named(what: str, names: Sequence[str]) -> str:
    if len(names) > _NAMED:
        return counted(len(names), what)
    return ", ".join(names) or f"no {what}"
