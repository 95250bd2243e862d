"""How a backfill tells its plan and what is left, at the width of a narrow terminal."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from marketwake.base.settings import Settings
from marketwake.coverage.ledger import Hole, Series, Window
from marketwake.runs.backfill.plan import Lack, Part, Plan
from marketwake.runs.backfill.text import (
    duration,
    lack_lines,
    missing_rows,
    plan_lines,
    plan_rows,
    to_come,
)
from marketwake.sources.coingecko.source import CoinGecko
from marketwake.sources.source import Request

NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)
COIN = Series("coin_snapshot", "CoinGecko", "bitcoin", "1d")
KRAKEN = [
    Series("spot_bar", "Kraken", symbol, "1h")
    for symbol in ("BTC/USD", "ETH/USD", "ETH/BTC", "SOL/USD", "SOL/BTC")
]


def _hole(series: Series, first: datetime, missing: int, reason: str = "not fetched") -> Hole:
    step = timedelta(hours=1 if series.interval == "1h" else 24)
    return Hole(
        series, first, first + (missing - 1) * step, missing, reason, 0, None, "the next run asks"
    )


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.4, "< 1 s"),
        (89.4, "89 s"),
        (90, "2 min"),
        (600, "10 min"),
        (5399, "90 min"),
        (5400, "1.5 h"),
        (36_000, "10.0 h"),
    ],
)
def test_durations(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_a_plan_names_holes_requests_and_the_least_time() -> None:
    source = CoinGecko(Settings(), lambda: NOW, {})
    holes = tuple(_hole(COIN, datetime(2025, 8, day, tzinfo=UTC), 2) for day in (1, 5))
    requests = tuple(Request("coin_snapshot", str(number)) for number in range(50))
    absent = _hole(COIN, NOW, 3, "confirmed absent")
    plan = Plan(
        date(2025, 8, 1),
        date(2025, 8, 9),
        (Window(COIN, NOW, NOW),),
        (Part(source, requests, holes),),
        (),
        (absent,),
        (),
    )
    # Fifty requests, twelve seconds apart: ten minutes.
    assert plan_rows(plan) == [("coingecko", "2", "4", "50", "12 s", "10 min")]
    assert plan_lines(plan) == [
        "1 series from 2025-08-01 to 2025-08-09",
        "50 requests, 10 min at least, at the pace that the sources ask for",
        "3 stamps are confirmed absent and not asked for; --again asks",
    ]


def test_what_cannot_be_had_is_told_once_for_series_alike() -> None:
    first = datetime(2025, 6, 1, tzinfo=UTC)
    lacks = tuple(Lack(_hole(series, first, 24), "Kraken serves 720 bars") for series in KRAKEN)
    plan = Plan(
        date(2025, 6, 1), date(2025, 8, 3), (), (), lacks, (), ("fed_probability: no history",)
    )
    assert lack_lines(plan) == [
        "120 of spot_bar Kraken BTC/USD, ETH/USD, ETH/BTC and 2 more, 2025-06-01 to 2025-06-01 "
        "23:00: Kraken serves 720 bars",
        "fed_probability: no history",
    ]
    assert plan_lines(plan) == ["0 series from 2025-06-01 to 2025-08-03", "nothing to ask for"]


def test_what_is_missing_is_one_row_for_series_alike() -> None:
    first = datetime(2025, 6, 1, tzinfo=UTC)
    holes = [
        _hole(KRAKEN[0], first, 2),
        _hole(KRAKEN[0], first + timedelta(days=1), 3),
        _hole(KRAKEN[1], first, 1),
        _hole(KRAKEN[0], first, 1, "source error"),
        _hole(COIN, NOW, 4, "not yet published"),
    ]
    assert missing_rows(holes) == [
        (
            "spot_bar Kraken 1h: BTC/USD, ETH/USD",
            "6",
            "2025-06-01 to 2025-06-02 02:00",
            "not fetched: the next run asks",
        ),
        ("spot_bar Kraken 1h: BTC/USD", "1", "2025-06-01", "source error: the next run asks"),
    ]
    assert to_come(holes) == 4


def _command(folder: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    (folder / "marketwake.toml").write_text(f"now = {NOW.isoformat()}\n")
    code = "from marketwake.cli.main import main; main()"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("MARKETWAKE")
    } | {"COLUMNS": "80"}
    done = subprocess.run(
        [sys.executable, "-c", code, "backfill", *arguments, "--warehouse", "w"],
        capture_output=True, text=True, check=False, cwd=folder, env=environment,
    )  # fmt: skip
    assert not check or done.returncode == 0, done.stderr
    return done


def test_a_dry_run_fits_a_narrow_terminal_and_leaves_nothing(tmp_path: Path) -> None:
    shown = _command(
        tmp_path, "spot_bar", "--dry-run", "--from", "2025-07-01", "--to", "2025-08-21"
    ).stdout
    # 52 days of 24 hours on three markets: 1248 hours are five pages of 300 on Coinbase and two of
    # 1000 on Bitstamp.
    assert "3,744" in shown
    assert "15 " in shown
    assert "Kraken serves its last 720 bars alone" in " ".join(shown.split())
    assert "Plan\n" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert sorted(path.name for path in tmp_path.iterdir()) == ["marketwake.toml"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--from", "yesterday"), "'yesterday' is no day"),
        (("spot_bars", "--dry-run"), "unknown dataset 'spot_bars'"),
        (("--from", "2025-08-03", "--to", "2025-08-01"), "ends before it begins"),
    ],
)
def test_wrong_input_is_refused_with_code_2(
    tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    done = _command(tmp_path, *arguments, check=False)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "w").exists()
