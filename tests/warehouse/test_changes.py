"""What a run changed: keys that appeared, figures that were restated, whatever the raw table."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketwake.base.errors import BadInputError
from marketwake.landing.receipts import Receipt
from marketwake.runs import load as batches
from marketwake.warehouse.changes import Restated, TableChanges, changes
from tests.support.rows import SAMPLE_BARS

Con = duckdb.DuckDBPyConnection
NIGHT = datetime(2025, 9, 1, tzinfo=UTC)
FLOWS = "asset,ticker,session,net_flow_usd\n"
SESSIONS = (1, 2, 3, 7, 8, 9, 10, 11, 14)
"""Of July 2025; on the fourth, a Friday, nobody traded."""
TOTALS = "asset,session,net_flow_usd\n"


def _load(con: Con, night: int, dataset: str, text: str) -> None:
    """A payload of the bundled source's layout, landed in the run of that night."""
    landed_at = NIGHT + timedelta(days=night, seconds=len(dataset))
    receipt = Receipt(
        f"{landed_at:%d%S}-{dataset}",
        f"night-{night}",
        "sample",
        dataset,
        f"{dataset}.csv",
        "0" * 64,
        landed_at,
        landed_at,
    )
    loaded = batches.load(con, receipt, text.encode())
    assert (loaded.error, loaded.rejected) == (None, 0)


def _start(con: Con, night: int) -> None:
    con.execute(
        "insert into ops.run values (?, 'nightly', 'sample', ?, null, 'running', null)",
        [f"night-{night}", NIGHT + timedelta(days=night)],
    )


def test_a_restated_figure_is_named_with_both_values_and_a_new_key_is_counted(con: Con) -> None:
    for night in range(3):
        _start(con, night)
    _load(
        con, 0, "etf_flow", FLOWS + "ETH,ETHA,2025-08-07,103500000\nETH,ETHA,2025-08-08,254700000\n"
    )
    _load(con, 0, "etf_flow_total", TOTALS + "ETH,2025-08-07,222300000\n")
    _load(
        con,
        1,
        "etf_flow",
        FLOWS
        + (
            "ETH,ETHA,2025-08-07,103500000\nETH,ETHA,2025-08-08,254800000\n"
            "ETH,ETHA,2025-08-11,639800000\n"
        ),
    )
    first = changes(con, "night-0")
    assert first.tables == (
        TableChanges("etf_flow", 2, 0, 0),
        TableChanges("etf_flow_total", 1, 0, 0),
    )
    assert (first.restated_figures, first.restated) == (0, ())
    second = changes(con, "night-1")
    assert second.tables == (TableChanges("etf_flow", 1, 1, 0),)
    key = {"asset": "ETH", "ticker": "ETHA", "session": "2025-08-08"}
    landed_at = NIGHT + timedelta(days=1, seconds=8)
    assert second.restated == (
        Restated("etf_flow", key, "net_flow_usd", "254700000.0", "254800000.0", landed_at),
    )
    assert second.restated_figures == 1
    # The newest run landed nothing.
    last = changes(con)
    assert (last.run_id, last.tables) == ("night-2", ())


def test_of_a_bar_only_the_columns_that_moved_are_listed_and_the_listing_is_cut(con: Con) -> None:
    _start(con, 0)
    _start(con, 1)
    head = "venue,symbol,bar_interval,opened_at,open,high,low,close,volume_base\n"
    _load(
        con,
        0,
        "spot_bar",
        head
        + "".join(
            f"Coinbase,ETH/USD,1h,2025-08-07T0{h}:00:00Z,3700,3710,3690,3705,10\n" for h in range(5)
        ),
    )
    _load(
        con,
        1,
        "spot_bar",
        head
        + "".join(
            f"Coinbase,ETH/USD,1h,2025-08-07T0{h}:00:00Z,3700,3710,3690,3706,11\n" for h in range(5)
        ),
    )
    found = changes(con, "night-1", limit=3)
    assert found.tables == (TableChanges("spot_bar", 0, 5, 0),)
    assert found.restated_figures == 10
    assert [(one.key["opened_at"], one.column, one.old, one.new) for one in found.restated] == [
        ("2025-08-07 00:00:00+00", "close", "3705.0", "3706.0"),
        ("2025-08-07 00:00:00+00", "volume_base", "10.0", "11.0"),
        ("2025-08-07 01:00:00+00", "close", "3705.0", "3706.0"),
    ]
    assert (
        json.loads(json.dumps(found.as_dict()))["restated"][0]["recorded_at"]
        == "2025-09-02T00:00:08+00:00"
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    nights=st.lists(
        st.dictionaries(st.sampled_from(SESSIONS), st.integers(1, 3), min_size=1),
        min_size=1,
        max_size=4,
    )
)
def test_the_changes_of_all_runs_add_up_to_the_versions_held(
    con: Con, nights: list[dict[int, int]]
) -> None:
    held: dict[int, int] = {}
    for table in ("raw.etf_flow_total", "ops.run", "ops.load"):
        con.execute(f"delete from {table}")
    for night, figures in enumerate(nights):
        _start(con, night)
        _load(
            con,
            night,
            "etf_flow_total",
            TOTALS
            + "".join(f"ETH,2025-07-{day:02},{value}000000\n" for day, value in figures.items()),
        )
        found = changes(con)
        new = [day for day in figures if day not in held]
        restated = {
            day: (held[day], figures[day])
            for day in figures
            if held.get(day, figures[day]) != figures[day]
        }
        assert sum(one.new for one in found.tables) == len(new)
        assert {
            int(one.key["session"][-2:]): (float(one.old or 0) / 1e6, float(one.new or 0) / 1e6)
            for one in found.restated
        } == restated
        held |= figures


def test_a_run_that_never_was_is_refused(con: Con) -> None:
    with pytest.raises(BadInputError, match="there has been no run"):
        changes(con)
    with pytest.raises(BadInputError, match="there is no run 'night-9'"):
        changes(con, "night-9")


def test_the_command_shows_the_newest_run(
    sample_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from marketwake.cli.ask import changes as command

    command(None, as_json=True, warehouse=sample_root)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    # Rows of the bundled files, 1,739 snapshots among them.
    counts = {one["table"]: one["new"] for one in found["tables"]}
    assert (counts["coin_snapshot"], counts["spot_bar"]) == (1739, SAMPLE_BARS)
    assert found["restated_figures"] == 0
    command(None, warehouse=sample_root)
    assert "spot_bar" in capsys.readouterr().out
