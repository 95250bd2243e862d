"""Ten readers through a whole nightly with changes and a whole backfill: no error, no old state
after a new one, and each reads on while the writer stands still amid its work.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from marketwake.base import resources
from marketwake.base.duck import transaction
from marketwake.base.settings import Settings
from marketwake.runs import nightly as night
from marketwake.runs import selection as asked
from marketwake.runs import steps
from marketwake.runs.backfill import run as backfill
from marketwake.runs.backfill.order import Order
from marketwake.runs.run import Hooks
from marketwake.sources import retry
from marketwake.sources.files.sample import Sample
from marketwake.warehouse.files import Warehouse
from tests.support.killed import Silent
from tests.support.servers import serve

pytestmark = [
    pytest.mark.usefixtures("brief_study"),
    pytest.mark.timeout(900),
]

READERS = 10
HOLDERS = 3
"""Of the readers, those that keep one connection open through everything."""
NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)


@contextmanager
def _readers(root: Path, stop: Path) -> Iterator[tuple[Callable[[], None], list[int]]]:
    """Readers while the block lasts: what waits until each has read twice more, and how many states
    each has seen, which is there when it is over.
    """
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
    read = [0] * READERS
    said = [""] * READERS

    def listen(number: int) -> None:
        out = readers[number].stdout
        assert out is not None
        for line in out:
            said[number] = line
            read[number] += 1

    ears = [Thread(target=listen, args=(number,)) for number in range(READERS)]
    for ear in ears:
        ear.start()

    def read_on() -> None:
        # The first may have begun before; the second is wholly of now.
        wanted = [count + 2 for count in read]
        while any(has < count for has, count in zip(read, wanted, strict=True)):
            assert all(reader.poll() is None for reader in readers), "a reader ended"
            time.sleep(0.05)

    states: list[int] = []
    try:
        read_on()
        yield read_on, states
    finally:
        stop.touch()
        for ear in ears:
            ear.join(timeout=120)
        complaints = [reader.communicate(timeout=120)[1] for reader in readers]
    assert [
        text for reader, text in zip(readers, complaints, strict=True) if reader.returncode
    ] == []
    states += [json.loads(text)["states"] for text in said]


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
    order = Order(
        "spot_bar", first=date(2025, 7, 1), venues=("Kraken", "Bitstamp"), symbols=("ETH/USD",)
    )
    with (
        serve("kraken", "bitstamp", now=NOW) as venues,
        _readers(root, tmp_path / "stop") as (read_on, states),
    ):

        def derive(warehouse: Warehouse) -> list[str]:
            with warehouse.writer() as con, transaction(con):
                con.execute("create table mart.unfinished as select 1 as one")
                read_on()
                con.execute("drop table mart.unfinished")
            return steps.derive(warehouse)

        # Pages are written from the published file: they are readers themselves.
        hooks = Hooks(derive=derive, report=lambda _: ([], []))
        flows.write_text(
            text.replace("ETH,ETHA,2025-08-08,254700000", "ETH,ETHA,2025-08-08,254800000"),
            encoding="utf-8",
        )
        assert night.nightly(root, "sample", hooks=hooks).restated == 1
        settings = Settings(
            addresses=venues.addresses, now=NOW, timeout_seconds=5, state_folder=tmp_path / "state"
        )
        filled = backfill.backfill(root, settings, order, Silent(), hooks)
        assert filled.run is not None
        assert (filled.run.new > 0, filled.run.problems) == (True, ())
        read_on()
    # Who holds a connection keeps the state of its opening; who opens anew sees what was published
    # since.
    assert set(states[:HOLDERS]) == {1}
    assert set(states[HOLDERS:]) == {2}
