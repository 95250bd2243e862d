"""The notebook runs from top to bottom, and its figures are those of the study."""

import runpy
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from marketwake.base.resources import SAMPLE
from tests.docs.snippets import CHECKOUT

KEYS = ["asset", "hours"]


@pytest.fixture
def notebook(place: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The names of the notebook after its last cell."""
    before = set(place.rglob("*"))
    names = runpy.run_path(str(CHECKOUT / "docs" / "notebook" / "order.py"))
    assert "move" in capsys.readouterr().out
    assert set(place.rglob("*")) == before
    return names


def _closes() -> dict[tuple[str, str], float]:
    bars = pl.read_csv(SAMPLE / "spot_bar.csv").filter(venue="Coinbase")
    rows = bars.select("symbol", "opened_at", "close").rows()
    return {(symbol, opened_at): close for symbol, opened_at, close in rows}


def test_the_notebook_redoes_the_headline_as_the_study_has_it(notebook: dict[str, Any]) -> None:
    closes = _closes()
    for found in (notebook["moves"], notebook["moves_sql"]):
        moves = {(row["asset"], row["hours"]): row["move"] for row in found.to_dicts()}
        # 3,683.80 at midnight to 3,911.28 a day later, 115,028.83 to 117,515.49.
        assert moves["ETH", 24] == pytest.approx(3911.28 / 3683.80 - 1, abs=1e-12)
        assert moves["BTC", 24] == pytest.approx(117_515.49 / 115_028.83 - 1, abs=1e-12)
        for asset in ("BTC", "ETH"):
            before, after = (
                closes[f"{asset}/USD", f"2025-08-07T{hour}:00:00Z"] for hour in ("09", "10")
            )
            assert moves[asset, 1] == pytest.approx(after / before - 1, abs=1e-12)
    both = notebook["beyond"]
    assert both.height == 4
    assert both["beyond"].to_list() == pytest.approx(both["beyond_study"].to_list(), abs=1e-9)
    same = [notebook[name].rows() for name in ("same_hour", "same_hour_sql", "same_hour_study")]
    assert same[0] == same[1] == same[2]
    # Its own rank, which is simpler, is the same in SQL and polars.
    ranks, in_sql = notebook["ranks"], notebook["ranks_sql"]
    columns = ["asset", "hours", "windows", "as_large"]
    assert ranks.select(columns).rows() == in_sql.select(columns).rows()
    assert ranks["p"].to_list() == pytest.approx(in_sql["p"].to_list(), abs=1e-12)
    for row in ranks.to_dicts():
        # The text: the hour was rare, the day was not.
        assert (row["p"] < 0.05) == (row["p_study"] < 0.05) == (row["hours"] == 1)
    for chart in ("two_days", "all_hours"):
        assert notebook[chart].to_dict()["layer"]
