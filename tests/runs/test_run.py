"""What a run is whatever it does: one writer connection, and an end that is told."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from marketwake.base.errors import SourceError
from marketwake.base.settings import Settings
from marketwake.landing.receipts import Receipt
from marketwake.runs.backlog import Backlog
from marketwake.runs.fetch import Fetched
from marketwake.runs.load import Loaded
from marketwake.runs.nightly import side_by_side
from marketwake.runs.result import RunResult
from marketwake.runs.run import PLAIN, Hooks, Run
from marketwake.sources.files.sample import Sample
from marketwake.sources.source import Request
from marketwake.warehouse import embedded
from marketwake.warehouse.files import Warehouse

REFERENCE = Sample(frozenset({"reference_figure"}))
UNBUILT = Hooks(derive=lambda _: [], check=lambda _, _clock, _run_id: [], report=lambda _: ([], []))
"""What is loaded and published is looked at in the raw tables."""


class Broken:
    """A source with a defect."""

    name = "broken"

    def requests(self) -> list[Request]:
        """Nobody foresaw this."""
        raise ZeroDivisionError("by nought")

    def fetch(self, request: Request) -> bytes:
        """Never asked."""
        raise NotImplementedError(request)


def test_a_run_opens_the_writers_file_once_until_it_publishes_and_once_to_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    open_to_write = embedded.open_to_write

    def counted(path: Path) -> duckdb.DuckDBPyConnection:
        opened.append(path)
        return open_to_write(path)

    monkeypatch.setattr(embedded, "open_to_write", counted)
    run = Run(Warehouse(tmp_path), "nightly", "sample", Settings())
    with run.hold(0):
        run.load([run.fetch(REFERENCE)])
        assert run.finish(UNBUILT).new > 0
    assert opened == [tmp_path / "writer.duckdb"] * 2


def test_a_source_that_breaks_stops_no_other_and_is_told_with_its_traceback(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = Run(Warehouse(tmp_path), "nightly", "sample", Settings())
    with run.hold(0):
        receipt, broken, reference = side_by_side(run, [Broken(), REFERENCE], PLAIN)
    assert isinstance(receipt, Receipt)
    assert isinstance(broken, Fetched)
    assert isinstance(reference, Fetched)
    assert (reference.landed, reference.failures) == (1, ())
    ((request, error),) = broken.failures
    assert (request.what, error.what) == ("broken", "ZeroDivisionError: by nought")
    assert isinstance(error, SourceError)
    assert "raise ZeroDivisionError" in caplog.text


def test_a_run_that_is_stopped_asks_for_nothing_more(tmp_path: Path) -> None:
    run = Run(Warehouse(tmp_path), "nightly", "sample", Settings())
    with run.hold(0):
        backlog = Backlog(run.landing, 1, run.stop)
        backlog.close()
        assert run.fetch(REFERENCE, backlog).landed == 0


def test_the_log_of_a_run_has_its_id_in_every_line(tmp_path: Path) -> None:
    run = Run(Warehouse(tmp_path), "nightly", "sample", Settings())
    with run.hold(0):
        run.fetch(REFERENCE)
    lines = (tmp_path / "logs" / "marketwake.log").read_text().splitlines()
    assert lines
    assert all(f" {run.id} " in line for line in lines)


def test_problems_of_files_that_a_run_was_given_are_known_whatever_their_words() -> None:
    def loaded(run: str, source: str, what: str, error: str | None, rejected: int = 0) -> Loaded:
        now = datetime(2025, 8, 22, tzinfo=UTC)
        receipt = Receipt(what, run, source, source, what, "", now, now)
        return Loaded(receipt, "loaded", error=error, rejected=rejected, first_reject="a reason")

    gone = (Request("inbox", "gone.csv"), SourceError("inbox: gone.csv is gone", ""))
    result = RunResult.of(
        "load",
        [Fetched("inbox", 2, 0, (gone,))],
        [
            loaded("load", "inbox", "x.csv", "expected bars, found a dump"),
            loaded("load", "inbox", "y.csv", None, rejected=2),
            # What a killed night had landed is loaded, too, and no summary tells of it.
            loaded("night", "inbox", "z.csv", "inbox: z.csv: found a dump"),
            loaded("night", "farside", "/btc/", "farside: /btc/: another layout"),
        ],
        [],
        ["inbox: the study of an event of that name broke"],
    )
    assert len(result.problems) == 6
    assert result.of_files == {
        "inbox: 1 of 3 requests failed, first gone.csv is gone",
        "expected bars, found a dump",
        "inbox: y.csv: 2 rows rejected, first a reason",
    }


def test_a_problem_names_its_source_once() -> None:
    failed = (Request("futures_price", "BTCZ5.CME"), SourceError("yahoo: BTCZ5.CME: HTTP 404", ""))
    result = RunResult.of("night", [Fetched("yahoo", 1, 0, (failed,))], [], [])
    assert result.problems == ("yahoo: 1 of 2 requests failed, first BTCZ5.CME: HTTP 404",)
