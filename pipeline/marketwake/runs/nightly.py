"""The nightly run, which needs no Prefect: fetch all sources at once, load with one writer, build,
study, check, publish, report.

It asks in two waves: which coins the panel has, in which markets, and what has been split, is told
by what the first one brings.
"""

from itertools import islice
from pathlib import Path

from marketwake.base.settings import read_settings
from marketwake.coverage.watermarks import Watermarks, read_watermarks
from marketwake.runs import coins
from marketwake.runs.fetch import Fetched, needs_stand_in
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
        hooks.load(run, _first_wave(run, selection, hooks))
        inbox.settle(root, run.clock, run.settings)
        if source == "live":
            later = [source for source in selection.later if source.requests()]
            hooks.load(run, hooks.fetch(run, [*_panel(run, selection, known), *later]))
        result = run.finish(hooks)
    if result.problems:
        raise RunFailedError(result)
    return result


def _first_wave(run: Run, selection: Selection, hooks: Hooks) -> list[Fetched]:
    """All sources; then, for every spot venue that failed or lacks the history, the next in
    reserve.
    """
    fetched = hooks.fetch(run, selection.first)
    reserves: list[Source] = list(selection.reserves)
    lacking = sum(map(needs_stand_in, fetched))
    while lacking and reserves:
        wave, reserves = reserves[:lacking], reserves[lacking:]
        more = hooks.fetch(run, wave)
        fetched += more
        lacking = sum(map(needs_stand_in, more))
    return fetched


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
