"""The command that loads files by their paths, and what it shows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from marketwake.base.errors import counted
from marketwake.base.under_way import watching
from marketwake.cli.console import plain, put, quiet, say
from marketwake.cli.options import HERE, RUN, STOPPED, Quiet, Root

if TYPE_CHECKING:
    from marketwake.runs.files import Choice, FileResult
    from marketwake.runs.result import RunResult

app = typer.Typer()
_LISTED = 40
"""Files that the summary lists at most; those that lack something come first."""


@app.command(rich_help_panel=RUN)
def load(
    files: Annotated[
        list[Path], typer.Argument(help="Files, or folders of them, in any form of docs/files.md.")
    ],
    venue: Annotated[
        str | None, typer.Option(help="Whose bars they are, where neither name nor folder tells.")
    ] = None,
    symbol: Annotated[
        list[str] | None,
        typer.Option(help="Of an archive of many markets, e.g. SOL/USD; may be repeated."),
    ] = None,
    interval: Annotated[
        list[str] | None, typer.Option(help="Of such an archive, e.g. 1h; may be repeated.")
    ] = None,
    supersede: Annotated[
        bool, typer.Option("--supersede", help="They restate what better sources gave, unheld.")
    ] = False,
    say_nothing: Quiet = False,
    warehouse: Root = HERE,
) -> None:
    """Load files that you have, and publish.

    They are known by their content (Binance's archive, freqtrade, Kraken's dump, Yahoo, FedWatch,
    Farside ...), and stay where they are.
    """
    from marketwake.runs.files import Choice

    choice = Choice(venue, tuple(symbol or ()), tuple(interval or ()), supersede)
    with quiet(say_nothing):
        _load(files, choice, warehouse)


def _load(files: list[Path], choice: "Choice", warehouse: Path) -> None:
    from marketwake.cli import show
    from marketwake.runs.files import find_files, load_files
    from marketwake.runs.result import RunFailedError

    found = find_files(files)
    watch = _Shown(len(found))
    try:
        with watch.shown():
            result = load_files(warehouse.absolute(), found, choice, watch)
    except KeyboardInterrupt:
        say("Stopped. What came is kept; the same command goes on from here.")
        raise typer.Exit(STOPPED) from None
    except RunFailedError as error:
        raise RunFailedError(_briefly(error.result)) from error
    finally:
        _summary(watch.results)
    show.result(result, warehouse)


def _briefly(result: "RunResult") -> "RunResult":
    """Without what the summary tells of each file."""
    others = [problem for problem in result.problems if problem not in result.of_files]
    lacking = len(result.problems) - len(others)
    said = [f"{counted(lacking, 'file')} refused, or with rows rejected: told above"]
    return replace(result, problems=(*(said if lacking else ()), *others))


class _Shown:
    """A bar over all files, and what came of each."""

    def __init__(self, count: int) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

        from marketwake.cli import show

        self.results: list[FileResult] = []
        self._progress = show.bars(
            TextColumn("{task.description}"), BarColumn(20), MofNCompleteColumn()
        )
        self._task = self._progress.add_task("files", total=count)
        self._is_concluding = False

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the bar while something is under way."""
        with self._progress, watching(self._name):
            yield

    def begun(self, name: str) -> None:
        """Name the file beside the bar."""
        self._progress.update(self._task, description=escape(name[:60]))

    def ended(self, result: "FileResult") -> None:
        """Keep what came of it."""
        self.results.append(result)

    def done(self) -> None:
        """Advance the bar by a file."""
        self._progress.advance(self._task)

    def concluding(self) -> None:
        """Say that the rest is under way."""
        self._is_concluding = True
        self._progress.update(self._task, description="build, check, publish")

    def _name(self, steps: Sequence[str]) -> None:
        if self._is_concluding and steps:
            self._progress.update(self._task, description=", ".join(steps))


def _summary(results: "list[FileResult]") -> None:
    """A line for each file: rows new, same, restated, held, rejected, and what is wrong with it."""
    from marketwake.cli import show

    if not results:
        return
    numbers = ("new", "same", "restated", "held", "rejected")
    table = plain("file", "state", *numbers, right=numbers)
    listed = sorted(results, key=lambda result: not (result.why or result.notes))[:_LISTED]
    for result in listed:
        counts = (result.new, result.same, result.restated, result.held, result.rejected)
        table.add_row(escape(result.name), result.state, *(f"{count:,}" for count in counts))
    show.heading("Files")
    put(table)
    for result in listed:
        if result.why:
            say(f"{result.name}: {result.why}")
        for note in result.notes:
            say(note)
    if len(results) > _LISTED:
        say(f"... and {len(results) - _LISTED} more: select * from ops.load")
    say(
        f"{counted(len(results), 'file')}: {sum(result.new for result in results):,} rows new, "
        f"{sum(result.same for result in results):,} the same, "
        f"{sum(result.restated for result in results):,} restated, "
        f"{sum(result.held for result in results):,} held, "
        f"{sum(result.rejected for result in results):,} rejected"
    )
    if any(result.held for result in results):
        say("Held rows differ from a better source's: marketwake query held")
