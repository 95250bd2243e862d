"""Runs that are to be killed: without Prefect, with the functions that the flows call, and a mark
at the beginning of each phase.

A work takes the root of a warehouse. What it reads lies beside it: the folder `figures`, or the
settings that name the venues. There it also writes its phases, to the file `phases`.
"""

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from marketwake.base.log import run_log
from marketwake.base.settings import read_settings
from marketwake.calendars.sessions import cme_sessions, xnys_sessions
from marketwake.checks.run import Offender
from marketwake.event_study import run
from marketwake.event_study.inputs import read_anchors
from marketwake.landing.store import Landing
from marketwake.report import pictures
from marketwake.report import study as sure
from marketwake.report.charts import WIDTHS
from marketwake.report.page import ARTICLES_EVENT
from marketwake.runs import fetch as fetching
from marketwake.runs import steps
from marketwake.runs.backfill import run as backfill
from marketwake.runs.backfill.order import Order
from marketwake.runs.backfill.plan import Plan
from marketwake.runs.finish import Ending, closing, conclude
from marketwake.runs.load import Loaded
from marketwake.runs.replay import replay
from marketwake.sources.files import inbox
from marketwake.sources.files.sample import Sample
from marketwake.sources.source import Clock
from marketwake.warehouse.files import Warehouse

PHASES = ("landing", "loading", "building", "checking", "publishing", "reporting")
SETTINGS = "marketwake.toml"
PATCH = pytest.MonkeyPatch()
"""Never undone: a work has a process of its own."""
Mark = Callable[[str], None]


def warm() -> None:
    """What a process does once, before it forks the runs: the calendars and ccxt."""
    cme_sessions()
    xnys_sessions()
    importlib.import_module("ccxt")


def draw_nothing(patch: pytest.MonkeyPatch) -> None:
    """Pages without their pictures, which take longer than all else."""
    for module in (pictures, sure):
        patch.setattr(
            module,
            "drawn",
            lambda _name, title, _draw: {**dict.fromkeys(WIDTHS, ""), "title": title},
        )


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


def _ending(mark: Mark) -> Ending:
    """The steps themselves, for one anchor of one event: the others take the same way, and more
    time.
    """
    draw_nothing(PATCH)
    PATCH.setattr(
        run,
        "read_anchors",
        lambda con: read_anchors(con).filter(event=ARTICLES_EVENT, anchor="day"),
    )

    def derive(root: Path) -> bool:
        mark("building")
        return steps.derive(root)

    def check(root: Path, clock: Clock, run_id: str) -> list[Offender]:
        mark("checking")
        found = steps.check(root, clock, run_id)
        mark("publishing")
        return found

    def report(root: Path) -> list[Path]:
        mark("reporting")
        return steps.report(root)

    return Ending(derive, check, report)


def night(root: Path) -> None:
    """A night on the figures beside the warehouse."""
    mark = _mark_in(root.parent)
    mark("landing")
    with Warehouse(root).exclusive("nightly"):
        landing = Landing(root)
        run_id = steps.new_run_id(landing)
        with run_log(root, run_id):
            started_at = landing.clock()
            fetched = [fetching.fetch(landing, Sample(folder=root.parent / "figures"), run_id)]
            mark("loading")
            steps.start_run(root, run_id, "nightly", "sample", started_at)
            with closing(root, landing, run_id, None):
                loads = steps.load(root, landing, run_id, fetched)
                inbox.settle(root, landing.clock)
                done = conclude(
                    root,
                    landing,
                    run_id,
                    fetched,
                    loads,
                    live=None,
                    ending=_ending(mark),
                    webhook=None,
                )
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
    """Between two loadings a backfill lands."""

    mark: Mark

    def planned(self, plan: Plan) -> None:  # noqa: ARG002 - signature of the protocol
        self.mark("landing")

    def settled(self, source: str, done: int) -> None:  # noqa: ARG002 - signature of the protocol
        self.mark("landing")


def fill(root: Path) -> None:
    """A backfill of everything that the settings beside the warehouse name, in small batches."""
    mark = _mark_in(root.parent)
    load = steps.load

    def marked_load(
        root: Path, landing: Landing, run_id: str, fetched: list[fetching.Fetched]
    ) -> list[Loaded]:
        mark("loading")
        return load(root, landing, run_id, fetched)

    PATCH.setattr(steps, "load", marked_load)
    PATCH.setattr(backfill, "BATCH_REQUESTS", 2)
    mark("planning")
    done = backfill.run(
        root,
        read_settings(root, root.parent / SETTINGS),
        Order("spot_bar"),
        _Watch(mark),
        _ending(mark),
    )
    assert done.missing == ()
    assert done.outcome is None or done.outcome.problems == ()
    mark("done")


def play_again(root: Path) -> None:
    """A replay."""
    mark = _mark_in(root.parent)
    _ending(mark)
    mark("replaying")
    replay(root)
    mark("done")
