"""What Python programs see: `import marketwake as mw`."""

import json
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from math import log
from pathlib import Path
from typing import Any, assert_type

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

import marketwake as mw
from marketwake.base import errors
from marketwake.cli.main import app
from marketwake.event_study.run import EventStudy
from marketwake.panel_study.study import PanelResult

SIGNING = datetime(2025, 8, 7, 16, tzinfo=UTC)
QUICK = mw.Design(hours=(24,))


def _error_names() -> set[str]:
    return {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.MarketwakeError)
    }


def _rise(study: EventStudy, anchor: str) -> float:
    (value,) = study.response.filter(
        anchor=anchor,
        is_nominal=True,
        venue="Coinbase",
        instrument="ETH",
        measure="log_return",
        window_unit="hour",
    )["value"]
    return float(value)


def test_importing_it_imports_next_to_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules); import marketwake, json;"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    imported = set(json.loads(done.stdout))
    ours = {name for name in imported if name.split(".")[0] not in sys.stdlib_module_names}
    assert ours == {
        "marketwake",
        *(f"marketwake.{name}" for name in ("base", "base.errors", "base.text")),
    }
    # Those of `typing` and `json`; dataclasses alone would bring as many again.
    assert len(imported) < 50


def test_its_names_are_listed_once_there_and_documented() -> None:
    assert len(mw.__all__) == len(set(mw.__all__))
    assert set(mw.__all__) <= set(dir(mw))
    assert mw.__doc__
    table = {line.split("`")[1] for line in mw.__doc__.splitlines() if line.startswith("| `")}
    assert table == set(mw.__all__) - _error_names() | {"MarketwakeError"}
    for name in mw.__all__:
        assert getattr(mw, name).__doc__


def test_every_error_is_there() -> None:
    assert _error_names() <= set(mw.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'backtest'"):
        _ = mw.backtest


def test_its_version_is_that_of_the_distribution() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
    assert mw.__version__ == project["project"]["version"]
    assert CliRunner().invoke(app, ["--version"]).output == f"marketwake {mw.__version__}\n"


def test_the_warehouse_is_opened_to_read_and_in_utc(sample_root: Path) -> None:
    for root in (sample_root, str(sample_root)):
        with assert_type(mw.open(root), duckdb.DuckDBPyConnection) as con:
            assert con.execute("select current_setting('timezone')").fetchall() == [("UTC",)]
            with pytest.raises(duckdb.InvalidInputException, match="read-only"):
                con.execute("create table mine (x integer)")


def test_where_nothing_was_published_there_is_nothing_to_open(tmp_path: Path) -> None:
    with pytest.raises(mw.WarehouseError, match="no published warehouse") as raised:
        mw.open(tmp_path)
    assert assert_type(raised.value.fix, str)


def test_an_event_and_its_instant_give_the_same_figure(sample_root: Path) -> None:
    # Coinbase's ETH-USD from the signing to a day later (question 3): 3,838.76 to 3,955.18.
    rise = pytest.approx(log(3955.18 / 3838.76), abs=1e-6)
    with mw.open(sample_root) as con:
        event = assert_type(mw.study(con, event="eo-401k", design=QUICK), EventStudy)
        instant = mw.study(con, at=SIGNING, design=QUICK)
        named = mw.study(con, event="the signing", at=SIGNING, design=QUICK)
    assert _rise(event, "signing") == _rise(instant, "at") == _rise(named, "at") == rise
    assert set(assert_type(named.response, pl.DataFrame)["event"]) == {"the signing"}
    assert set(instant.response["event"]) == {"2025-08-07T16:00:00+00:00"}
    assert instant.design == QUICK


def test_a_connection_in_another_zone_gives_the_same_frames(sample_root: Path) -> None:
    # Kathmandu's clock jumped over midnight of 1986-01-01, the first of a month of the indices.
    with mw.open(sample_root) as con:
        expected = [mw.study(con, event="eo-401k", at=at, design=QUICK) for at in (None, SIGNING)]
        con.execute("set timezone = 'Asia/Kathmandu'")
        told = [mw.study(con, event="eo-401k", at=at, design=QUICK) for at in (None, SIGNING)]
    for one, other in zip(told, expected, strict=True):
        for name in ("response", "level", "estimation", "test", "model"):
            assert_frame_equal(getattr(one, name), getattr(other, name))


def test_a_study_of_nothing_or_of_no_instant_is_refused(sample_root: Path) -> None:
    with mw.open(sample_root) as con:
        with pytest.raises(mw.BadInputError, match="nothing to study"):
            mw.study(con)
        with pytest.raises(mw.BadInputError, match="there is no event 'eo-404'"):
            mw.study(con, event="eo-404")
        with pytest.raises(mw.BadInputError, match="no time zone"):
            mw.study(con, at=SIGNING.replace(tzinfo=None))


def test_what_was_known_at_an_instant(sample_root: Path) -> None:
    # Question 6 of docs/questions.md: Farside's figures of ETHA on Friday evening, before Friday's
    # own came.
    with (
        mw.open(sample_root) as con,
        mw.as_known(con, datetime(2025, 8, 8, 22, tzinfo=UTC)) as known,
    ):
        flows = known.sql(
            "select net_flow_usd from stg.etf_flow"
            " where ticker = 'ETHA' and session >= '2025-08-06' order by session"
        ).fetchall()
    assert flows == [(33.4e6,), (103.5e6,)]


def test_claims_come_with_verdicts_and_figures(sample_root: Path) -> None:
    with mw.open(sample_root) as con:
        claims = {claim["id"]: claim for claim in assert_type(mw.claims(con), list[dict[str, Any]])}
    assert len(claims) == 46
    # Farside: 222.3 and 461.0 million on 2025-08-07 and 08.
    assert claims["a10"]["verdict"] == "supported"
    assert claims["a10"]["figures"][0]["value"] == pytest.approx(683.3e6)


def test_a_panel_needs_no_warehouse() -> None:
    days = pl.datetime_range(datetime(2025, 1, 1), datetime(2025, 3, 1), "1d", eager=True)  # noqa: DTZ001
    closes = [100.0 * (1.01 if number % 2 else 1.0) for number in range(len(days))]
    prices = pl.DataFrame({"series": "A", "at": days, "close": closes})
    events = pl.DataFrame({"event": "one", "series": "A", "day": [datetime(2025, 2, 20)]})  # noqa: DTZ001
    design = mw.PanelDesign(estimation=20, gap=0, minimum_estimation=20, windows=((0, 0),))
    result = assert_type(mw.panel(prices, events, design), PanelResult)
    # Twenty returns of +1 % and -1 % in turn have a mean of nought; that of day 50 goes down.
    (car,) = result.cumulative["car"]
    assert car == pytest.approx(-log(1.01))
