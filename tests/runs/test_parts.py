"""A night in which parts break: the others are as if they had not, the run names them and has
failed, and the next one mends it.
"""

import json
import shutil
from functools import partial
from pathlib import Path

import duckdb
import polars as pl
import pytest

from marketwake.base.errors import ChecksFailedError
from marketwake.checks import run as checks
from marketwake.event_study import run as event_study
from marketwake.event_study.design import Design
from marketwake.event_study.inputs import Inputs, read_anchors
from marketwake.event_study.responses import responses
from marketwake.fact_check import evaluation
from marketwake.report.page import write_report
from marketwake.runs import steps
from marketwake.runs.nightly import nightly
from marketwake.runs.replay import replay
from marketwake.runs.result import RunFailedError
from marketwake.warehouse.files import HELD_BACK, Warehouse

pytestmark = pytest.mark.usefixtures("without_pictures", "claims")
CLAIM = "a09"
WHOLE, STUDY, PAGE, TARGET = "eo-401k", "payrolls-2025-07", "crash-1929", "gfc-2008"
"""Events: of one nothing breaks; of the others the study, the page, and the writing of it."""
BROKEN = (
    f"claim {CLAIM} broke: ConversionException: Conversion Error: Could not convert string "
    "'Coinbase' to DOUBLE when casting from source column venue"
)


@pytest.fixture
def root(sample_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample's warehouse, to be built anew with the study of an anchor per event."""

    def few(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
        wanted = pl.col("event").is_in([WHOLE, STUDY, PAGE, TARGET])
        return read_anchors(con).filter(wanted & pl.col("anchor").is_in(["day", "release"]))

    monkeypatch.setattr(event_study, "read_anchors", few)
    root = Path(shutil.copytree(sample_root, tmp_path / "warehouse", symlinks=True))
    with Warehouse(root).writer() as con:
        con.execute("delete from ops.build")
    return root


@pytest.fixture
def claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the claims that are judged here: three."""
    folder = tmp_path / "claims"
    folder.mkdir()
    for claim in ("a01", CLAIM, "b08"):
        shutil.copyfile(evaluation.FOLDER / f"{claim}.sql", folder / f"{claim}.sql")
    monkeypatch.setattr(evaluation, "evaluate", partial(evaluation.evaluate, folder=folder))
    return folder


def _break_a_claim(folder: Path) -> str:
    """Returns the text of the file before."""
    path = folder / f"{CLAIM}.sql"
    whole = path.read_text()
    header, select = whole.split("\nselect ", 1)
    assert "from " in select
    broken = (
        "select 'day' as definition, null as anchor, venue, cast(venue as double) as value, "
        "null as low, null as high, 'usd' as unit, 'yes' as vote, null as note "
        "from mart.spot_hourly where venue = 'Coinbase' limit 1"
    )
    path.write_text(f"{header}\n{broken}\n")
    return whole


def _break_a_study(patch: pytest.MonkeyPatch) -> None:
    def broken(inputs: Inputs, dated: pl.DataFrame, design: Design) -> pl.DataFrame:
        if STUDY in dated["event"]:
            raise pl.exceptions.PanicException("nobody foresaw it")
        return responses(inputs, dated, design)

    patch.setattr(event_study, "responses", broken)


def _break_a_page(patch: pytest.MonkeyPatch) -> None:
    def broken(con: duckdb.DuckDBPyConnection, event: str, target_dir: Path) -> Path:
        if event == PAGE:
            raise ZeroDivisionError("by nought")
        return write_report(con, event, target_dir)

    patch.setattr(steps, "write_report", broken)


def _published(root: Path) -> dict[str, list[tuple[object, ...]]]:
    with Warehouse(root).reader() as con:
        tables = ("event_response", "event_level", "event_inference", "event_model")
        return {
            "claim": con.execute(
                "select claim, verdict, reason from mart.claim order by all"
            ).fetchall(),
            **{name: con.execute(f"from mart.{name} order by all").fetchall() for name in tables},
        }


def test_a_night_goes_on_and_names_what_broke(
    root: Path, claims: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = root / "reports"
    (reports / f"{TARGET}.html").mkdir(parents=True)
    (reports / f"{PAGE}.html").write_text("the page of before")
    with monkeypatch.context() as patch:
        whole_claim = _break_a_claim(claims)
        _break_a_study(patch)
        _break_a_page(patch)
        with pytest.raises(RunFailedError) as caught:
            nightly(root, "sample")
        again = steps.derive(Warehouse(root))
    told = caught.value.result.problems
    assert caught.value.exit_code == 3
    assert told == (
        f"the study of {STUDY} broke: PanicException: nobody foresaw it",
        BROKEN,
        f"the page of {PAGE} broke: ZeroDivisionError: by nought",
        f"the report {reports / f'{TARGET}.html'} cannot be written: Is a directory",
    )
    assert tuple(again) == told[:2]
    assert (reports / f"{PAGE}.html").read_text() == "the page of before"
    assert "</html>" in (reports / f"{WHOLE}.html").read_text()
    assert not (reports / f"{STUDY}.html").exists()
    note = json.loads((root / HELD_BACK).read_text())
    assert (note["message"], note["offenders"]) == ("; ".join(told[2:]), [])
    with Warehouse(root).writer() as con:
        ends = con.execute("select state, message from ops.run order by run_id desc limit 1")
        assert ends.fetchall() == [("failed", "; ".join(told))]
    broken = _published(root)

    (reports / f"{TARGET}.html").rmdir()
    (claims / f"{CLAIM}.sql").write_text(whole_claim)
    result = nightly(root, "sample")
    assert [path.stem for path in result.pages] == [WHOLE, STUDY, PAGE, TARGET]
    assert not (root / HELD_BACK).exists()
    whole = _published(root)
    verdicts = {claim: told for claim, *told in broken.pop("claim")}
    mended = {claim: told for claim, *told in whole.pop("claim")}
    assert verdicts.pop(CLAIM) == ["not testable", f"It could not be computed: {BROKEN}"]
    assert mended.pop(CLAIM)[0] == "supported"
    assert verdicts == mended
    for name, rows in whole.items():
        assert any(row[0] == STUDY for row in rows)
        assert broken[name] == [row for row in rows if row[0] != STUDY]


def test_a_replay_names_what_broke(
    root: Path, claims: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole_claim = _break_a_claim(claims)
    monkeypatch.setattr(steps, "write_reports", lambda *_: ([], ["a page"]))
    with pytest.raises(RunFailedError) as caught:
        replay(root)
    assert caught.value.result.problems == (BROKEN, "a page")
    assert {row[0] for row in _published(root)["claim"]} == {CLAIM, "a01", "b08"}
    # Nothing else has changed, and the claim is judged again.
    (claims / f"{CLAIM}.sql").write_text(whole_claim)
    assert steps.derive(Warehouse(root)) == []
    with Warehouse(root).writer() as con:
        verdict = con.execute(f"select verdict from mart.claim where claim = '{CLAIM}'")
        assert verdict.fetchall() == [("supported",)]


def test_a_check_that_breaks_holds_back_like_an_error_and_the_others_report(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    select = "select symbol as object, cast(venue as double) as detail from raw.spot_bar limit 1"
    found = "select 'x' as object, 'y' as detail"
    monkeypatch.setattr(
        checks,
        "_checks",
        lambda: [("first", "warn", select), ("next", "error", found), ("last", "warn", found)],
    )
    with pytest.raises(ChecksFailedError) as caught:
        steps.check(Warehouse(root))
    assert "2 data checks failed" in caught.value.what
    assert "first: the check itself: the check first broke: ConversionExc" in caught.value.what
    assert "next: x: y" in caught.value.what
    with Warehouse(root).writer() as con:
        kept = con.execute(
            "select check_name, severity, object from ops.offender "
            "where check_name <> 'stale_acceptance' order by 2, 1"
        )
        assert kept.fetchall() == [
            ("first", "error", "the check itself"),
            ("next", "error", "x"),
            ("last", "warn", "x"),
        ]


def test_what_breaks_the_study_of_every_event_ends_the_run(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> pl.DataFrame:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr(event_study, "responses", broken)
    before = (root / "market.duckdb").resolve()
    with pytest.raises(ZeroDivisionError):
        nightly(root, "sample")
    assert (root / "market.duckdb").resolve() == before
