"""Own events and claims in runs: taken in, rebuilt alone, named where they are wrong."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from marketwake.base.errors import BadInputError
from marketwake.event_study import run as event_study
from marketwake.event_study.inputs import read_anchors
from marketwake.fact_check import evaluation
from marketwake.report.page import write_report
from marketwake.runs import own, steps
from marketwake.runs.backup import backup, restore
from marketwake.runs.current import (
    built,
    fingerprint,
    outdated,
    own_fingerprint,
    pages,
    unchanged_sample,
)
from marketwake.runs.nightly import nightly
from marketwake.runs.rebuild import rebuild
from marketwake.runs.replay import replay
from marketwake.runs.result import RunFailedError
from marketwake.warehouse.files import Warehouse
from tests.support.own import CLAIM, EVENT, put, put_both

pytestmark = pytest.mark.usefixtures("without_pictures")
OWN = "fomc-2025-07"


@pytest.fixture
def root(sample_root: Path, tmp_path: Path) -> Path:
    """The sample's warehouse with pages, as a first demo leaves it."""
    made = Warehouse(Path(shutil.copytree(sample_root, tmp_path / "warehouse", symlinks=True)))
    made.reports.mkdir(exist_ok=True)
    with made.reader() as con:
        found = pages(con, made.reports)
    for page in found:
        page.write_text("a page of this build")
    return made.root


@pytest.fixture
def nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rebuild of all is a failure."""

    def never(*_: object) -> None:
        raise AssertionError("all is built")

    for owner, name in ((steps, "build"), (steps, "study"), (evaluation, "read_claim")):
        monkeypatch.setattr(owner, name, never)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The events whose pages have been written."""
    events = list[str]()

    def noted(con: duckdb.DuckDBPyConnection, event: str, target: Path) -> Path:
        events.append(event)
        return write_report(con, event, target)

    monkeypatch.setattr(steps, "write_report", noted)
    return events


def _ask(root: Path, query: str) -> list[tuple[object, ...]]:
    with Warehouse(root).reader() as con:
        return con.execute(query).fetchall()


def _verdict(root: Path) -> object:
    ((verdict,),) = _ask(root, "select verdict from mart.claim where claim = 'btc-fell'")
    return verdict


def _rebuild(root: Path) -> object:
    return rebuild(root)


def _night(root: Path) -> object:
    return nightly(root, "sample")


@pytest.mark.usefixtures("nothing_else")
@pytest.mark.parametrize("run", [_rebuild, _night])
def test_an_event_and_a_claim_stand_on_a_page_of_their_own(
    root: Path, run: Callable[[Path], object], written: list[str]
) -> None:
    put_both(root)
    assert unchanged_sample(Warehouse(root)) is None
    run(root)
    assert written == [OWN]
    page = (root / "reports" / f"{OWN}.html").read_text(encoding="utf-8").replace("\xa0", " ")
    assert "Bitcoin fell over the 24 hours after" in page
    assert "Over 24 hours bitcoin moved by \N{MINUS SIGN}0.1 %." in page
    assert "Example Times, 2025-07-31" in page
    # Again, nothing is to be done.
    assert unchanged_sample(Warehouse(root)) is not None
    run(root)
    assert written == [OWN]


@pytest.mark.usefixtures("nothing_else")
def test_only_what_has_changed_is_studied_and_written_again(root: Path, written: list[str]) -> None:
    put_both(root)
    put(root, "events/other.toml", EVENT.replace(OWN, "other").replace("T18", "T15"))
    rebuild(root)
    assert sorted(written) == [OWN, "other"]
    before = _ask(root, f"from mart.event_response where event = '{OWN}' order by all")
    written.clear()
    # Another hour for the one, other words for the claim of the other.
    put(root, "events/other.toml", EVENT.replace(OWN, "other").replace("T18", "T12"))
    rebuild(root)
    assert written == ["other"]
    assert _ask(root, f"from mart.event_response where event = '{OWN}' order by all") == before
    written.clear()
    put(root, "claims/btc-fell.sql", CLAIM.replace("vote_below", "vote_above"))
    rebuild(root)
    assert written == [OWN]
    assert _verdict(root) == "contradicted"
    written.clear()
    # A claim on an event of the project stands on its page.
    moved = CLAIM.replace(OWN, "payrolls-2025-07").replace("btc-fell", "jobs")
    put(root, "claims/jobs.sql", moved)
    rebuild(root)
    assert written == ["payrolls-2025-07"]
    written.clear()
    for file in ("claims/jobs.sql", "events/other.toml"):
        (root / file).unlink()
    rebuild(root)
    assert written == ["payrolls-2025-07"]
    assert not _ask(root, "from mart.event_response where event = 'other'")


@pytest.mark.usefixtures("nothing_else")
def test_a_page_loses_the_claim_whose_removal_died_amid_the_judging(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_both(root)
    rebuild(root)
    page = root / "reports" / f"{OWN}.html"
    assert 'id="btc-fell"' in page.read_text(encoding="utf-8")
    (root / "claims" / "btc-fell.sql").unlink()
    judge = own.evaluate

    def dying(con: duckdb.DuckDBPyConnection, folder: Path) -> list[str]:
        judge(con, folder)
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(own, "evaluate", dying)
        with pytest.raises(MemoryError):
            rebuild(root)
    rebuild(root)
    assert 'id="btc-fell"' not in page.read_text(encoding="utf-8")


@pytest.mark.usefixtures("nothing_else")
def test_wrong_files_are_problems_of_the_run_until_they_are_mended(root: Path) -> None:
    put_both(root)
    put(root, "events/wrong.toml", EVENT)
    put(root, "claims/reaching.sql", CLAIM.replace("from event_figure", "from '/etc/passwd' --"))
    (root / "claims" / "folder.sql").mkdir()
    for run in (_rebuild, _night, _rebuild):
        with pytest.raises(RunFailedError) as raised:
            run(root)
        event, folder, claim = raised.value.result.problems
        assert event.startswith("events/wrong.toml: event: it must be 'wrong'")
        assert "folder.sql cannot be read" in folder
        assert claim.startswith("claims/reaching.sql: the header calls the claim 'btc-fell'")
        assert _verdict(root) == "supported"
    assert _ask(root, "select verdict from mart.claim where claim = 'reaching'") == [
        ("not testable",)
    ]
    (root / "events" / "wrong.toml").unlink()
    (root / "claims" / "reaching.sql").unlink()
    (root / "claims" / "folder.sql").rmdir()
    assert rebuild(root).problems == ()
    with Warehouse(root).writer() as con:
        assert built(con) == [fingerprint(con), own_fingerprint(root)]


def test_a_kill_before_the_pages_leaves_them_to_the_next_run(
    root: Path, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put_both(root)
    with monkeypatch.context() as patch:
        patch.setattr(steps, "write_reports", _killed)
        with pytest.raises(KeyboardInterrupt):
            rebuild(root)
    with Warehouse(root).reader() as con:
        assert outdated(con, root / "reports") == [OWN]
    rebuild(root)
    assert written == [OWN]


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.usefixtures("brief_study")
def test_with_all_rebuilt_and_replayed_they_are_there_too(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of the project's events one anchor, which is enough for a study of all.
    few = pl.col("event").eq(OWN) | (pl.col("anchor").eq("day") & pl.col("event").eq("eo-401k"))
    monkeypatch.setattr(event_study, "read_anchors", lambda con: read_anchors(con).filter(few))
    put_both(root)
    rebuild(root)
    event = f"from mart.event_inference where event = '{OWN}' order by all"
    claim = "from mart.claim_figure where claim = 'btc-fell' order by all"
    before = [_ask(root, query) for query in (event, claim)]
    assert all(before)
    archive, _ = backup(root, tmp_path / "saved.zip")
    restored = tmp_path / "restored"
    restore(archive, restored)
    assert (restored / "events" / f"{OWN}.toml").read_text() == EVENT
    assert (restored / "claims" / "btc-fell.sql").read_text() == CLAIM
    replay(restored)
    assert [_ask(restored, query) for query in (event, claim)] == before


def test_there_must_be_a_warehouse(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="there is no warehouse in"):
        rebuild(tmp_path)
