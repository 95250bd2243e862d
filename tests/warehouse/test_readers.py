"""Ten readers through a whole nightly with changes and a whole backfill: no error, no old state
after a new one, no wait for the writer.

On a busy machine a query takes as long as its turns at a core take, writer or not. What a writer
could add is sleep: time in which a reader neither computes nor stands in line for a core. A writer
in the way is in everybody's way, and for as long as it writes; the disk of a busy machine can stop
one reader once. So it is the median of the readers' longest waits that must stay under a second.
"""

import json
import logging
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from marketwake.base import resources
from marketwake.base.settings import Settings
from marketwake.runs import nightly as night
from marketwake.runs import selection as asked
from marketwake.runs.backfill import run as backfill
from marketwake.runs.backfill.order import Order
from marketwake.runs.backfill.plan import Plan
from marketwake.runs.run import Hooks
from marketwake.sources import retry
from marketwake.sources.files.sample import Sample
from tests.support.servers import serve

pytestmark = [
    pytest.mark.usefixtures("brief_study"),
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not Path("/proc/thread-self/schedstat").exists(),
        reason="needs Linux's account of waiting for a core",
    ),
]

log = logging.getLogger(__name__)
READERS = 10
HOLDERS = 3
"""Of the readers, those that keep one connection open through everything."""
LONGEST_WAIT_SECONDS = 1.0
NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)


class _Blind:
    """A watch that looks away."""

    def planned(self, plan: Plan) -> None:
        pass

    def answered(self, source: str) -> None:
        pass

    def settled(self, source: str, done: int) -> None:
        pass

    def concluding(self) -> None:
        pass


@contextmanager
def _readers(root: Path, stop: Path) -> Iterator[list[dict[str, Any]]]:
    """Readers while the block lasts; their accounts stand in the list when it is over."""
    script = str(Path(__file__).parents[1] / "support" / "reading.py")
    readers = [
        subprocess.Popen(
            [sys.executable, script, str(root), str(stop), "hold" if number < HOLDERS else "open"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(READERS)
    ]
    accounts: list[dict[str, Any]] = []
    try:
        for reader in readers:
            assert reader.stdout is not None
            reader.stdout.readline()
        yield accounts
    finally:
        stop.touch()
        ended = [(reader, *reader.communicate(timeout=120)) for reader in readers]
    assert [complaint for reader, _, complaint in ended if reader.returncode] == []
    accounts += [json.loads(said) for _, said, _ in ended]


def test_ten_readers_through_a_nightly_and_a_backfill(
    sample_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(shutil.copytree(sample_root, tmp_path / "warehouse", symlinks=True))
    figures = Path(shutil.copytree(resources.SAMPLE, tmp_path / "figures"))
    flows = figures / "etf_flow.csv"
    text = flows.read_text(encoding="utf-8")
    monkeypatch.setattr(
        night, "select_sources", lambda *_, **__: asked.Selection([Sample(folder=figures)])
    )
    # The venues of this test are those of the world.
    monkeypatch.setattr("marketwake.runs.run.refuse_mixture", lambda *_: None)
    monkeypatch.setattr("marketwake.landing.store.DRIFT", timedelta(days=9999))
    monkeypatch.setattr(retry, "_backoff", lambda _state: 0.0)
    monkeypatch.setattr(backfill, "BATCH_REQUESTS", 1)
    # Pages are written from the published file: they are readers themselves.
    without_pages = Hooks(report=lambda _: ([], []))
    order = Order(
        "spot_bar", first=date(2025, 7, 1), venues=("Kraken", "Bitstamp"), symbols=("ETH/USD",)
    )
    with (
        serve("kraken", "bitstamp", now=NOW) as venues,
        _readers(root, tmp_path / "stop") as accounts,
    ):
        flows.write_text(
            text.replace("ETH,ETHA,2025-08-08,254700000", "ETH,ETHA,2025-08-08,254800000"),
            encoding="utf-8",
        )
        assert night.nightly(root, "sample", hooks=without_pages).restated == 1
        settings = Settings(
            addresses=venues.addresses, now=NOW, timeout_seconds=5, state_folder=tmp_path / "state"
        )
        filled = backfill.backfill(root, settings, order, _Blind(), without_pages)
        assert filled.run is not None
        assert (filled.run.new > 0, filled.run.problems) == (True, ())
    holding, opening = accounts[:HOLDERS], accounts[HOLDERS:]
    # Who holds a connection keeps the state of its opening; who opens anew sees what was published
    # since.
    assert {one["states"] for one in holding} == {1}
    assert {one["states"] for one in opening} == {2}
    longest = {key: max(one[key] for one in accounts) for key in ("opening", "asking", "waiting")}
    log.info("%d rounds; longest seconds: %s", sum(one["rounds"] for one in accounts), longest)
    assert statistics.median(one["waiting"] for one in opening) < LONGEST_WAIT_SECONDS, accounts
