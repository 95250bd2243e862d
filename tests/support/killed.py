"""Runs that are to be killed: without Prefect, with the functions that the flows call, and a mark
at the beginning of each phase.

A work takes the root of a warehouse. What it reads lies beside it: the folder `figures`, or the
settings that name the venues. There it also writes its phases, to the file `phases`.
"""

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from marketwake.base.errors import MarketwakeError
from marketwake.base.settings import Settings, read_settings
from marketwake.checks.run import Offender
from marketwake.event_study import run
from marketwake.event_study.inputs import read_anchors
from marketwake.fact_check import evaluation
from marketwake.fact_check.evaluation import evaluate
from marketwake.report import files, page
from marketwake.report.drawing.every import makers
from marketwake.report.drawing.scenario import SCENARIO_EVENT
from marketwake.report.rendering import environment
from marketwake.runs import steps
from marketwake.runs.backfill import run as backfill
from marketwake.runs.backfill.order import Order
from marketwake.runs.backfill.plan import Plan
from marketwake.runs.load import Loaded
from marketwake.runs.pending import load_one
from marketwake.runs.replay import replay
from marketwake.runs.run import PLAIN, Hooks, Run
from marketwake.sources.files import inbox
from marketwake.sources.files.sample import Sample
from marketwake.sources.source import Clock
from marketwake.warehouse.embedded import BUILT_IN_ONLY
from marketwake.warehouse.files import Warehouse
from tests.support.watching import FEW_CLAIMS

PHASES = ("landing", "loading", "building", "checking", "publishing", "reporting")
SETTINGS = "marketwake.toml"
PATCH = pytest.MonkeyPatch()
"""Never undone: a work has a process of its own."""
Mark = Callable[[str], None]


def warm(work: Callable[[Path], None]) -> None:
    """What a process does once, before it forks the runs of a work: what the work imports when it
    comes to it, and the page's template. Nothing that polars computes: its threads are not there
    after a fork, and what waits for them waits for ever. Connections have one thread, as those of
    the tests.
    """
    BUILT_IN_ONLY["threads"] = 1
    environment("en").get_template("event.html.j2")
    if work is fill:
        importlib.import_module("ccxt")


def draw_nothing(patch: pytest.MonkeyPatch) -> None:
    """Pages in English alone, and without their pictures, which take longer than all else."""
    patch.setattr(page, "makers", lambda *given: dict.fromkeys(makers(*given), lambda: None))
    patch.setattr(files, "LANGUAGES", ("en",))


def _mark_in(folder: Path) -> Mark:
    (folder / "phases").write_text("")

    def mark(phase: str) -> None:
        with (folder / "phases").open("a") as stream:
            stream.write(f"{phase} {time.monotonic()}\n")

    return mark


def phases(folder: Path) -> list[tuple[str, float]]:
    """The phases that a work has entered, in order, and when by the monotonic clock; `done` is the
    last of one that was not killed.
    """
    lines = [
        line.split()
        for line in (folder / "phases").read_text().splitlines(keepends=True)
        if line.endswith("\n")
    ]
    return [(phase, float(at)) for phase, at in lines]


def study_briefly(patch: pytest.MonkeyPatch) -> None:
    """Studies of one anchor of one event, and a few claims: the others take the same way, and more
    time.
    """
    few = [evaluation.FOLDER / f"{claim}.sql" for claim in FEW_CLAIMS]
    folder = cast("Path", SimpleNamespace(glob=lambda _: few))
    patch.setattr(evaluation, "evaluate", partial(evaluate, folder=folder))
    patch.setattr(
        run,
        "read_anchors",
        lambda con: read_anchors(con).filter(event=SCENARIO_EVENT, anchor="day"),
    )


def be_brief() -> None:
    """Runs that study briefly and draw nothing."""
    draw_nothing(PATCH)
    study_briefly(PATCH)


def _hooks(mark: Mark) -> Hooks:
    """The steps themselves."""

    def derive(warehouse: Warehouse) -> list[str]:
        mark("building")
        return steps.derive(warehouse)

    def check(warehouse: Warehouse, clock: Clock, run_id: str) -> list[Offender]:
        mark("checking")
        offenders = steps.check(warehouse, clock, run_id)
        mark("publishing")
        return offenders

    def report(warehouse: Warehouse) -> steps.Pages:
        mark("reporting")
        return steps.report(warehouse)

    return Hooks(derive=derive, check=check, report=report)


def night(root: Path) -> None:
    """A night on the figures beside the warehouse."""
    _night(root, _mark_in(root.parent), is_old=False)


def night_of_old(root: Path) -> None:
    """The same, of a warehouse whose file has an old form."""
    _night(root, _mark_in(root.parent), is_old=True)


def _night(root: Path, mark: Mark, *, is_old: bool) -> None:
    mark("landing")
    under_way = Run(Warehouse(root), "nightly", "sample", Settings())
    with under_way.hold(0):
        if is_old:
            mark("migrating")
            with under_way.warehouse.writer():
                mark("landing")
        fetched = [under_way.fetch(Sample(folder=root.parent / "figures"))]
        mark("loading")
        under_way.load(fetched)
        inbox.settle(root, under_way.clock)
        done = under_way.finish(_hooks(mark))
    assert done.problems == ()
    mark("done")


class Silent:
    """A watch that tells nobody."""

    def planned(self, plan: Plan) -> None:
        """Not told."""

    def answered(self, source: str) -> None:
        """Not told."""

    def settled(self, source: str, done: int) -> None:
        """Not told."""

    def concluding(self) -> None:
        """Not told."""


@dataclass(frozen=True)
class _Watch(Silent):
    """A backfill lands as soon as it has its plan."""

    mark: Mark

    def planned(self, plan: Plan) -> None:  # noqa: ARG002 - signature of the protocol
        self.mark("landing")


def fill(root: Path) -> None:
    """A backfill of everything that the settings beside the warehouse name, in small batches. It
    lands all the time; where it loads meanwhile, the phase is that.
    """
    mark = _mark_in(root.parent)

    def marked_load(*given: Any) -> Loaded:  # noqa: ANN401 - as of load_one
        mark("loading")
        loaded = load_one(*given)
        mark("landing")
        return loaded

    PATCH.setattr("marketwake.runs.run.load_one", marked_load)
    PATCH.setattr(backfill, "BATCH_REQUESTS", 2)
    mark("planning")
    done = backfill.backfill(
        root,
        read_settings(root, root.parent / SETTINGS),
        Order("spot_bar"),
        _Watch(mark),
        _hooks(mark),
    )
    assert done.missing == ()
    assert done.run is None or done.run.problems == ()
    mark("done")


def play_again(root: Path) -> None:
    """A replay."""
    mark = _mark_in(root.parent)
    mark("replaying")
    replay(root)
    mark("done")


def night_with_a_fault(root: Path) -> None:
    """A night that may end in an error: it is in the file `error`, which is empty otherwise."""
    _night_with_a_fault(root, PLAIN)


def bare_night_with_a_fault(root: Path) -> None:
    """The same, in which marts and pages stay as they are."""
    bare = Hooks(
        derive=lambda _: [], check=lambda _warehouse, _clock, _run: [], report=lambda _: ([], [])
    )
    _night_with_a_fault(root, bare)


def _night_with_a_fault(root: Path, hooks: Hooks) -> None:
    told = ""
    under_way = Run(Warehouse(root), "nightly", "sample", Settings())
    try:
        with under_way.hold(0):
            under_way.load([under_way.fetch(Sample(folder=root.parent / "figures"))])
            told = "\n".join(under_way.finish(hooks).problems)
    except MarketwakeError as error:
        told = str(error)
    (root.parent / "error").write_text(told)
