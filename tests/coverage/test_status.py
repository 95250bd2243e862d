"""The status, as a monitor reads it: what is stale by its promise, what failed, what was held back.
August 2025: the 22nd is a Friday.
"""

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from marketwake.base.errors import BadInputError, WarehouseError
from marketwake.base.settings import Settings
from marketwake.coverage import ledger
from marketwake.coverage.ledger import Series, Window
from marketwake.coverage.status import read_status
from marketwake.runs.run import Run
from marketwake.warehouse.embedded import open_to_write
from marketwake.warehouse.files import Warehouse
from tests.support.rows import at

NIGHT = at("2025-08-22 06:15")
HOURS = Series("spot_bar", "Coinbase", "BTC/USD", "1h")
FLOWS = Series("etf_flow", "Farside", "BTC IBIT", "1d")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse after the night of 22 August: hours to 05:00, flows to the 21st, one recorded
    future, one market never answered.
    """
    root = tmp_path_factory.mktemp("status")
    hours = [at("2025-08-20 00:00") + timedelta(hours=hour) for hour in range(2 * 24 + 6)]
    with Warehouse(root).writer() as con:
        con.execute(
            "insert into raw.spot_bar select 'Coinbase', 'BTC/USD', '1h', "
            "unnest(?::timestamptz[]), 1, 1, 1, 1, 1, ?, null, 'test'",
            [hours, NIGHT],
        )
        con.execute(
            "insert into raw.etf_flow select 'BTC', 'IBIT', unnest(['2025-08-20', '2025-08-21']), "
            "1, ?, null, 'test'",
            [NIGHT],
        )
        con.execute(
            "insert into raw.futures_price values ('Vendor', 'MET', 'METQ5', 'last_trade', "
            "'2025-08-08', '2025-08-08 21:00:00+00', "
            "4000, null, null, ?, null, 'test')",
            [NIGHT],
        )
        con.execute(
            "insert into ops.run values ('night', 'nightly', 'live', ?, ?, 'completed', null)",
            [NIGHT, NIGHT],
        )
        wanted = [
            Window(HOURS, at("2025-08-20 00:00"), at("2025-08-22 05:00")),
            Window(FLOWS, at("2025-08-20 00:00"), at("2025-08-22 00:00")),
        ]
        ledger.write(con, wanted, NIGHT)
    Warehouse(root).publish()
    return root


def _status(root: Path, now: datetime) -> dict[str, Any]:
    with Warehouse(root).reader() as con:
        return read_status(con, root, now)


def _states(root: Path, now: str) -> dict[str, str]:
    return {one["part"]: one["state"] for one in _status(root, at(now))["freshness"]}


@pytest.fixture(scope="module")
def dry(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same warehouse after the night of the 23rd, to which no source gave anything."""
    return _after(
        root, tmp_path_factory.mktemp("dry"), ("nightly", "live", "2025-08-23 06:15", "failed")
    )


def _after(root: Path, folder: Path, *runs: tuple[str, str, str, str]) -> Path:
    """A copy of a warehouse in which more runs have begun that brought nothing: flow, source, start
    and state of each.
    """
    copy = Path(shutil.copytree(root, folder / "after", symlinks=True))
    with Warehouse(copy).writer() as con:
        for number, (flow, source, began, state) in enumerate(runs):
            message = "farside: down" if state == "failed" else None
            con.execute(
                "insert into ops.run values (?, ?, ?, ?, ?, ?, ?)",
                [f"later {number}", flow, source, at(began), at(began), state, message],
            )
    Warehouse(copy).publish()
    return copy


@pytest.mark.parametrize(
    ("began", "spot", "flows"),
    [
        # Promises (seed.dataset): a bar within an hour of its end, a flow by 06:00 UTC of the day
        # after its session (29 + 1 hours). The newest bar ended on the 22nd at 06:00; the next one,
        # at 07:00, is promised for 08:00.
        ("2025-08-22 07:59", "fresh", "fresh"),
        ("2025-08-22 08:00", "stale", "fresh"),
        ("2025-08-23 05:59", "stale", "fresh"),
        ("2025-08-23 06:00", "stale", "stale"),
    ],
)
def test_a_source_is_stale_that_did_not_give_a_run_what_it_had_promised(
    root: Path, tmp_path: Path, began: str, spot: str, flows: str
) -> None:
    after = _after(root, tmp_path, ("nightly", "live", began, "completed"))
    assert _states(after, began) == {
        "spot_bar": spot,
        "etf_flow": flows,
        "futures_last_trade": "ended",
    }


@pytest.mark.parametrize(
    ("run", "judged"),
    [
        (("nightly", "live", "2025-08-22 09:00", "failed"), "2025-08-22 09:00"),
        # It was killed.
        (("nightly", "live", "2025-08-22 09:00", "running"), "2025-08-22 09:00"),
        # It asks for holes of one dataset, not for what is new in all.
        (("backfill", "live", "2025-08-22 09:00", "completed"), "2025-08-22 06:15"),
        (("nightly", "sample", "2025-08-22 09:00", "completed"), "2025-08-22 06:15"),
        (("nightly", "archive", "2025-08-22 09:00", "completed"), "2025-08-22 06:15"),
    ],
)
def test_the_newest_night_that_asked_live_sources_is_judged(
    root: Path, tmp_path: Path, run: tuple[str, str, str, str], judged: str
) -> None:
    assert (
        _status(_after(root, tmp_path, run), at("2025-08-22 10:00"))["judged_at"]
        == at(judged).isoformat()
    )


@pytest.mark.parametrize(
    ("now", "problems"),
    [
        ("2025-08-22 18:00", []),
        # 25 hours after the 22nd at 06:15.
        ("2025-08-23 07:15", []),
        ("2025-08-23 07:16", ["no run for 25 hours: the newest began 2025-08-22 06:15"]),
        # Three days and 5.75 hours.
        ("2025-08-25 12:00", ["no run for 78 hours: the newest began 2025-08-22 06:15"]),
    ],
)
def test_between_two_runs_freshness_stays_and_a_missed_run_is_a_problem(
    root: Path, now: str, problems: list[str]
) -> None:
    found, then = _status(root, at(now)), _status(root, NIGHT)
    assert (found["now"], found["problems"]) == (at(now).isoformat(), problems)
    assert (found["judged_at"], found["freshness"]) == (NIGHT.isoformat(), then["freshness"])


def test_what_was_held_back_is_judged_at_its_end_and_was_a_run(root: Path, tmp_path: Path) -> None:
    note = {
        "run_id": "later",
        "at": "2025-08-23T06:20:00+00:00",
        "message": "no space",
        "offenders": [],
    }
    (tmp_path / "held_back.json").write_text(json.dumps(note))
    with Warehouse(root).reader() as con:
        # A day and 55 minutes after the one before, 50 minutes after its own end.
        found = read_status(con, tmp_path, at("2025-08-23 07:10"))
        late = read_status(con, tmp_path, at("2025-08-24 07:21"))
    assert found["judged_at"] == note["at"]
    assert found["problems"] == [
        "etf_flow of Farside is stale: last 2025-08-21, due 2025-08-22",
        # The bar from 04:00 to 05:00 was promised for 06:00, the one after it for 07:00.
        "spot_bar 1h of Coinbase is stale: last 2025-08-22 05:00, due 2025-08-23 04:00",
        "run later failed: no space",
    ]
    assert late["problems"] == [
        "no run for 25 hours: the newest began 2025-08-23 06:20",
        *found["problems"],
    ]


def test_over_a_weekend_no_flow_is_due(tmp_path: Path) -> None:
    # Friday's flow is held; Monday the 25th has one that is due on Tuesday at 06:00. No live source
    # was asked: the present is judged.
    with Warehouse(tmp_path).writer() as con:
        con.execute(
            "insert into ops.run values ('demo', 'nightly', 'sample', ?, ?, 'completed', null)",
            [NIGHT, NIGHT],
        )
        con.execute(
            "insert into raw.etf_flow values ('BTC', 'IBIT', '2025-08-22', 1, ?, null, 'test')",
            [NIGHT],
        )
        ledger.write(
            con,
            [Window(FLOWS, at("2025-08-22 00:00"), at("2025-08-23 00:00"))],
            at("2025-08-23 06:15"),
        )
    Warehouse(tmp_path).publish()
    assert _states(tmp_path, "2025-08-26 05:59") == {"etf_flow": "fresh"}
    # Four days without a run are no problem either.
    assert _status(tmp_path, at("2025-08-26 05:59"))["problems"] == []
    assert _states(tmp_path, "2025-08-26 06:00") == {"etf_flow": "stale"}


def test_an_hour_without_a_trade_is_no_delay_but_a_venue_gone_silent_is(tmp_path: Path) -> None:
    now = at("2025-08-22 06:15")
    other = Series("spot_bar", "Coinbase", "ETH/BTC", "1h")
    wanted = [Window(one, at("2025-08-20 00:00"), at("2025-08-22 05:00")) for one in (HOURS, other)]
    hours = [at("2025-08-20 00:00") + timedelta(hours=hour) for hour in range(2 * 24 + 6)]
    insert = (
        "insert into raw.spot_bar select 'Coinbase', ?, '1h', unnest(?::timestamptz[]), 1, 1, 1, "
        "1, 1, ?, null, 'test'"
    )
    for name, stored in (("busy", hours), ("silent", hours[:3])):
        with open_to_write(tmp_path / f"{name}.duckdb") as con:
            con.execute(insert, ["BTC/USD", stored, NIGHT])
            con.execute(insert, ["ETH/BTC", hours[:3], NIGHT])
            for one in (HOURS, other):
                con.execute(
                    "insert into ops.request values ('r', 'spot_bar', 'Coinbase', ?, '1h', ?, ?, "
                    "?, 'loaded', null)",
                    [one.symbol, wanted[0].first, wanted[0].last, now],
                )
            ledger.write(con, wanted, now)
        (tmp_path / f"{name}.duckdb").rename(tmp_path / "writer.duckdb")
        Warehouse(tmp_path).publish()
        assert _states(tmp_path, "2025-08-22 06:15") == {
            "spot_bar": "fresh" if name == "busy" else "stale"
        }


@pytest.mark.parametrize(
    ("ether", "told"),
    [
        # No month has ever been there; Yahoo still has the continuous series.
        ({"ETH=F": "2025-08-21"}, ["ETH"]),
        # They were there until the day before.
        ({"ETH=F": "2025-08-21", "ETHQ5": "2025-08-20", "METU5": "2025-08-20"}, ["ETH"]),
        # One is, of the micro future.
        ({"ETH=F": "2025-08-21", "ETHQ5": "2025-08-20", "METU5": "2025-08-21"}, []),
    ],
)
def test_no_month_of_an_asset_is_a_problem_where_those_of_another_are_there(
    tmp_path: Path, ether: dict[str, str], told: list[str]
) -> None:
    asked = ("BTCQ5", "BTCU5", "ETH=F", "ETHQ5", "METU5")
    with Warehouse(tmp_path).writer() as con:
        for symbol, session in ({"BTCQ5": "2025-08-21"} | ether).items():
            kind = "continuous" if symbol.endswith("=F") else "settlement"
            con.execute(
                "insert into raw.futures_price values ('Yahoo', ?, ?, ?, ?, ?::timestamptz, "
                "4000, null, null, ?, null, 'test')",
                [symbol[:3], symbol, kind, session, f"{session} 20:00:00+00", NIGHT],
            )
        days = at("2025-08-20 00:00"), at("2025-08-22 00:00")
        wanted = [Window(Series("futures_price", "Yahoo", name, "1d"), *days) for name in asked]
        for symbol in asked:
            # Yahoo answered, if only that it knows no such contract.
            con.execute(
                "insert into ops.request values (?, 'futures_price', 'Yahoo', ?, '1d', ?, ?, ?, "
                "'loaded', null)",
                [symbol, symbol, *days, NIGHT],
            )
        ledger.write(con, wanted, NIGHT)
    Warehouse(tmp_path).publish()
    found = _status(tmp_path, NIGHT)
    (row,) = found["freshness"]
    assert (row["part"], row["behind"], row["without_months_of"]) == (
        "futures_settlement",
        [],
        told,
    )
    assert row["state"] == ("stale" if told else "fresh")
    problem = "futures_settlement of Yahoo is stale: last 2025-08-21, due 2025-08-21"
    assert found["problems"] == [f"{problem}, and no contract month of ETH"] * len(told)


def test_all_is_well_and_gaps_come_with_reasons(root: Path) -> None:
    found = _status(root, NIGHT)
    assert found["problems"] == []
    assert [(one["symbol"], one["reason"], one["next_step"]) for one in found["gaps"]] == [
        ("BTC IBIT", "not yet published", "public from 2025-08-23 05:00 UTC")
    ]
    assert found["freshness"][1] == {
        "part": "spot_bar",
        "venue": "Coinbase",
        "interval": "1h",
        "series": 1,
        "newest_at": "2025-08-22T05:00:00+00:00",
        # An hour before the run it was 05:15: the bar that had ended at 05:00.
        "due_at": "2025-08-22T04:00:00+00:00",
        "state": "fresh",
        "behind": [],
        "without_months_of": [],
    }


def test_status_tells_what_the_newest_publishing_cost(root: Path, tmp_path: Path) -> None:
    with Warehouse(root).reader() as con:
        cost = read_status(con, root, NIGHT)["published"]
        assert read_status(con, tmp_path, NIGHT)["published"] is None
    copy = (root / "market.duckdb").resolve()
    assert (cost["file"], cost["bytes"]) == (copy.name, copy.stat().st_size)
    assert cost["seconds"] > 0


def test_what_was_held_back_and_a_failed_run_are_problems(root: Path, tmp_path: Path) -> None:
    note: dict[str, Any] = {
        "run_id": "later",
        "at": "2025-08-22T06:20:00+00:00",
        "message": "1 data check failed",
    }
    note["offenders"] = [{"check": "version_order", "object": "x", "detail": "y"}]
    (tmp_path / "held_back.json").write_text(json.dumps(note))
    with Warehouse(root).reader() as con:
        found = read_status(con, tmp_path, NIGHT)
    assert found["held_back"] == note
    assert found["problems"] == ["run later published nothing: 1 offender of the data checks"]
    (tmp_path / "held_back.json").write_text("{")
    with (
        Warehouse(root).reader() as con,
        pytest.raises(WarehouseError, match=r"held_back\.json cannot be read"),
    ):
        read_status(con, tmp_path, NIGHT)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            BadInputError("accepted_offender.csv: row 2 is torn", "Mend it."),
            "accepted_offender.csv: row 2 is torn",
        ),
        # An error that nobody foresaw ends a run as well.
        (duckdb.OutOfMemoryException("no memory"), "OutOfMemoryException: no memory"),
    ],
)
def test_a_run_that_ended_in_an_error_is_a_problem_until_one_publishes(
    tmp_path: Path, error: Exception, told: str
) -> None:
    with Warehouse(tmp_path).writer() as con:
        con.execute(
            "insert into ops.run values ('good', 'nightly', 'live', ?, ?, 'completed', null)",
            [NIGHT - timedelta(days=1), NIGHT],
        )
        ledger.write(con, [], NIGHT)
    Warehouse(tmp_path).publish()
    assert _status(tmp_path, NIGHT)["problems"] == []
    run = Run(Warehouse(tmp_path), "nightly", "live", Settings(now=NIGHT))

    def broken() -> None:
        with run.hold(0):
            run.load([])
            raise error

    with pytest.raises(type(error)):
        broken()
    found = _status(tmp_path, NIGHT)
    # Readers keep the file of the good run, which knows nothing of the other.
    assert [one["run_id"] for one in found["runs"]] == ["good"]
    assert found["problems"] == [f"run {run.id} failed: {told}"]
    assert _command(tmp_path, "2025-08-22T06:15:00Z").returncode == 7
    with Warehouse(tmp_path).writer() as con:
        assert con.execute(
            "select state, message from ops.run where run_id = ?", [run.id]
        ).fetchall() == [("failed", told)]
        assert con.execute("select kind, detail from ops.alert").fetchall() == [
            ("run_failed", told)
        ]
    Warehouse(tmp_path).publish()
    assert not (tmp_path / "held_back.json").exists()


def test_a_run_that_cannot_even_be_closed_ends_with_its_own_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = Run(Warehouse(tmp_path), "nightly", "live", Settings())

    def broken() -> None:
        with run.hold(0):
            run.load([])
            run.warehouse.close_writer()
            (run.warehouse.root / "writer.duckdb").write_bytes(b"no database")
            raise BadInputError("first", "")

    with pytest.raises(BadInputError, match="first"):
        broken()
    assert f"run {run.id} could not be closed: the warehouse file" in caplog.text


def _command(
    root: Path, now: str, *arguments: str, columns: int = 80
) -> subprocess.CompletedProcess[str]:
    (root / "settings.toml").write_text(f"now = {now}\n")
    environment = os.environ | {
        "COLUMNS": str(columns),
        "MARKETWAKE_CONFIG": str(root / "settings.toml"),
    }
    command = [
        sys.executable,
        "-c",
        "from marketwake.cli.main import main; main()",
        "status",
        "--warehouse",
        str(root),
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_the_exit_code_tells_a_monitor(root: Path, dry: Path) -> None:
    well = _command(root, "2025-08-22T06:15:00Z", "--json")
    assert (well.returncode, json.loads(well.stdout)["problems"]) == (0, [])
    stale = _command(dry, "2025-08-23T06:20:00Z", "--json")
    assert stale.returncode == 7
    assert json.loads(stale.stdout)["problems"] == [
        "etf_flow of Farside is stale: last 2025-08-21, due 2025-08-22",
        "spot_bar 1h of Coinbase is stale: last 2025-08-22 05:00, due 2025-08-23 04:00",
        "the last run failed: farside: down",
    ]


@pytest.mark.parametrize("columns", [80, 150])
def test_tables_fit_the_terminal(dry: Path, columns: int) -> None:
    shown = _command(dry, "2025-08-23T07:00:00Z", columns=columns)
    assert shown.returncode == 7
    assert "As of 2025-08-23 07:00 UTC: 3 problems" in shown.stdout
    assert "Freshness at 2025-08-23 06:15 UTC" in shown.stdout
    assert "BTC IBIT" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= columns
    assert "…" not in shown.stdout
