"""A clock that is behind what has landed: refused, and the way out."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marketwake.base.errors import LandingError
from marketwake.base.settings import Settings
from marketwake.landing.store import Landing
from marketwake.runs.decide import decide
from marketwake.runs.replay import replay
from marketwake.runs.run import Run
from marketwake.sources.files.inbox import Inbox
from marketwake.warehouse.files import Warehouse

AHEAD = timedelta(days=365)


def _run(root: Path, now: datetime) -> Run:
    run = Run(Warehouse(root), "nightly", "live", Settings())
    run.clock = lambda: now
    with run.hold(0):
        run.load([run.fetch(Inbox(root, supersede=True))])
    return run


def _flow(root: Path) -> list[tuple[float, bool]]:
    with Warehouse(root).writer() as con:
        return con.execute(
            "select net_flow_usd, superseded_at is null from raw.etf_flow "
            "where ticker = 'IBIT' and session = '2025-08-07' order by recorded_at"
        ).fetchall()


@pytest.mark.usefixtures("brief_study", "without_pictures")
def test_a_run_whose_clock_was_a_year_ahead_is_refused_after_and_taken_out(
    sample_root: Path, tmp_path: Path
) -> None:
    root = tmp_path / "warehouse"
    shutil.copytree(sample_root, root, symlinks=True)
    before = _flow(root)
    (root / "inbox").mkdir(exist_ok=True)
    # Farside: 156.6 for IBIT on 7 August 2025.
    (root / "inbox" / "etf_flow.csv").write_text(
        "asset,ticker,session,net_flow_usd\nBTC,IBIT,2025-08-07,1\n"
    )
    now = datetime.now(UTC)
    wrong = _run(root, now + AHEAD)
    assert _flow(root) == [(156_600_000.0, False), (1.0, True)]
    for refused in (lambda: _run(root, now), lambda: replay(root)):
        with pytest.raises(LandingError, match=f"run {wrong.id} landed at") as caught:
            refused()
        assert f"marketwake withdraw --run {wrong.id}" in caught.value.fix
    told, result = decide(root, "withdraw", wrong.id)
    assert told.startswith(f"1 receipt of run {wrong.id}, stamped ahead of the clock, moved to")
    assert result is None
    assert _flow(root) == before == [(156_600_000.0, True)]
    with Warehouse(root).writer() as con:
        assert con.execute("select max(started_at) < now() from ops.run").fetchall() == [(True,)]
    # The same file, with the clock set right.
    later = _run(root, datetime.now(UTC))
    assert later.loads[0].restated == 1
    assert Landing(root).receipts()[-1].landed_at < datetime.now(UTC)


def test_what_would_leave_nothing_is_refused_before_anything_is_moved(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "etf_flow.csv").write_text(
        "asset,ticker,session,net_flow_usd\nBTC,IBIT,2025-08-07,1\n"
    )
    wrong = _run(tmp_path, datetime.now(UTC) + AHEAD)
    landed = Landing(tmp_path).receipts()
    with pytest.raises(LandingError, match="has brought all that this warehouse has"):
        decide(tmp_path, "withdraw", wrong.id)
    assert Landing(tmp_path).receipts() == landed


def test_a_clock_that_is_corrected_by_minutes_is_no_matter(tmp_path: Path) -> None:
    now = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "etf_flow.csv").write_text(
        "asset,ticker,session,net_flow_usd\nBTC,IBIT,2025-08-07,1\n"
    )
    _run(tmp_path, now)
    _run(tmp_path, now - timedelta(minutes=5))
    with pytest.raises(LandingError):
        _run(tmp_path, now - timedelta(minutes=6))
