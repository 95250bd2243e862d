"""The nightly run, which needs no Prefect: fetch all sources at once, load what lands with one
writer while the others still ask, build, study, check, publish, report.

It asks in two waves: which coins the panel has, in which markets, and what has been split, is told
by what the first one brings.
"""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path

from marketwake.base.settings import read_settings
from marketwake.coverage.watermarks import Watermarks, read_watermarks
from marketwake.runs import coins
from marketwake.runs.backlog import Backlog, Came, asked
from marketwake.runs.fetch import Fetched, fetched_alone, needs_stand_in
from marketwake.runs.result import RunFailedError, RunResult
from marketwake.runs.run import PLAIN, Hooks, Run
from marketwake.runs.selection import Selection, select_sources
from marketwake.sources.files import inbox
from marketwake.sources.registry import Kind, check_source
from marketwake.sources.source import Source
from marketwake.warehouse.files import Warehouse
from marketwake.warehouse.locks import PATIENCE_SECONDS


def nightly(
    root: Path,
    source: Kind = "live",
    archive: Path | None = None,
    hooks: Hooks = PLAIN,
    *,
    supersede: bool = False,
) -> RunResult:
    """One night. What is good is published even when a source failed.

    Args:
        root: folder of the warehouse; made where it is not there.
        source: where figures come from.
        archive: the folder of recorded files, for the source of that name.
        hooks: the steps, as plain functions or as the tasks of a flow.
        supersede: whether dropped files restate what better sources gave.

    Raises:
        BadInputError: there is no such source or folder, or a setting is not well formed.
        RunFailedError: a source failed, rows were rejected, or a study, a claim or a page broke;
            everything else is loaded and published.
        ChecksFailedError: the data checks stopped the publishing.
        MarketwakeError: another step failed; readers keep the file of the last good run.
    """
    check_source(source, archive)
    run = Run(Warehouse(root), "nightly", source, read_settings(root))
    with run.hold(PATIENCE_SECONDS):
        known = read_watermarks(run.warehouse)
        selection = select_sources(
            source, root, archive, run.settings, run.clock, known, supersede=supersede
        )
        _load(run, hooks, _first_wave(run, selection, hooks))
        inbox.settle(root, run.clock, run.settings)
        if source == "live":
            later = [source for source in selection.later if source.requests()]
            _load(run, hooks, side_by_side(run, [*_panel(run, selection, known), *later], hooks))
        result = run.finish(hooks)
    if result.problems:
        raise RunFailedError(result)
    return result


def _load(run: Run, hooks: Hooks, came: Generator[Came, None, object]) -> None:
    with closing(came):  # where loading fails, nobody asks any more
        hooks.load(run, came)


def side_by_side(
    run: Run, sources: Sequence[Source], hooks: Hooks
) -> Generator[Came, None, list[Fetched]]:
    """Ask sources, all at once: each payload as it comes; at the end, and returned, what each
    brought, in the order of the sources.
    """
    brought = dict[str, Fetched]()

    def ask(source: Source, backlog: Backlog) -> None:
        brought[source.name] = fetched_alone(source, lambda: hooks.fetch(run, source, backlog))

    with ThreadPoolExecutor(max(1, len(sources))) as pool:
        asks = [(pool, partial(ask, source)) for source in sources]
        with asked(run.landing, asks, run.stop) as backlog:
            yield from backlog
    fetched = [brought[source.name] for source in sources]
    yield from fetched
    return fetched


def _first_wave(run: Run, selection: Selection, hooks: Hooks) -> Generator[Came]:
    """All sources; then, for every spot venue that failed or lacks the history, the next in
    reserve.
    """
    sources, reserves = list(selection.first), list(selection.reserves)
    while sources:
        fetched = yield from side_by_side(run, sources, hooks)
        lacking = sum(map(needs_stand_in, fetched))
        sources, reserves = reserves[:lacking], reserves[lacking:]


def _panel(run: Run, selection: Selection, known: Watermarks) -> list[coins.CoinBars]:
    """The panel of coins, on the preferred venues of those that have answered so far."""
    answering = {part.source for part in run.fetched}
    able = (
        (venue, spot)
        for venue, spot in selection.spots.items()
        if spot.name in answering and not run.circuit(spot).is_open
    )
    chosen = dict(islice(able, run.settings.spot_side_by_side))
    with run.warehouse.writer() as con:
        return coins.sources(con, run.settings, chosen, known, run.clock())
