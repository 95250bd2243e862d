"""What tests share: the recorded data where it is at hand, an empty built warehouse, rows for it,
and the sample's warehouse.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import settings

from marketwake.landing.store import Landing
from marketwake.runs import fetch as fetching
from marketwake.runs import steps
from marketwake.sources.files.sample import Sample
from marketwake.warehouse.build import build
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.files import Warehouse

Insert = Callable[..., None]
# Prefect keeps what failed flows raised below its home; that of a test run goes with it. Set before
# anything imports prefect.
_prefect_home = tempfile.TemporaryDirectory(prefix="marketwake-tests-")
atexit.register(_prefect_home.cleanup)
os.environ["PREFECT_HOME"] = _prefect_home.name
# No telemetry: its first record comes while the server still makes its database, which on a busy
# machine is locked then.
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
# No deadline: the machine may be busy. On CI the same examples each time, so that a red run is
# about the change.
settings.register_profile("marketwake", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("marketwake")
SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded public data; skips where it is not at hand."""
    if not SHARED.is_dir():
        pytest.skip("needs the recorded data beside the checkout (../shared/data)")
    return SHARED


@pytest.fixture(scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("built")
    with Warehouse(root).writer() as con:
        build(con)
    return root / "writer.duckdb"


@pytest.fixture
def con(_built: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse of one's own with seeds, calendars, macros, views and (empty) marts built, and no
    raw row.
    """
    shutil.copyfile(_built, tmp_path / "writer.duckdb")
    with Warehouse(tmp_path).writer() as connection:
        yield connection


@pytest.fixture
def insert() -> Insert:
    """`insert(con, "spot_bar", rows, recorded_at=...)`: put rows (dicts of the contract's incoming
    columns) into a raw table.
    """

    def put(
        con: duckdb.DuckDBPyConnection,
        table: str,
        rows: list[dict[str, Any]],
        recorded_at: datetime | None = None,
    ) -> None:
        validated = read_contracts("raw")[table].validate(
            pl.DataFrame(rows, infer_schema_length=None)
        )
        assert validated.rejected.is_empty(), validated.rejected.rows()
        con.register("rows", validated.accepted.to_arrow())
        stamp = recorded_at or datetime(2025, 9, 1, tzinfo=UTC)
        con.execute(
            f"insert into raw.{table} by name select *, ?::timestamptz as recorded_at, 'test' as payload_sha256 from rows",
            [stamp],
        )
        con.unregister("rows")

    return put


@pytest.fixture
def without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without their charts, which take longer than the rest of a run; the tests of the report
    and of the wheel draw them.
    """
    from tests.support.killed import draw_nothing

    draw_nothing(monkeypatch)


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """A Prefect server with a database of its own; it takes seconds to start, so there is one for
    all tests.
    """
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(scope="session")
def sample_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published warehouse with the bundled sample, made by the steps of a run. Copy it before
    changing it.
    """
    root = tmp_path_factory.mktemp("sample")
    landing = Landing(root)
    run_id = steps.new_run_id(landing)
    fetched = [fetching.fetch(landing, Sample(), run_id)]
    assert not [failure for one in fetched for failure in one.failures]
    steps.start_run(root, run_id, "nightly", "sample", landing.clock())
    assert not [
        loaded
        for loaded in steps.load(root, landing, run_id, fetched)
        if loaded.error or loaded.rejected
    ]
    steps.derive(root)
    steps.keep_ledger(root, None, landing.clock())
    steps.check(root)
    steps.finish_run(root, landing, run_id, None)
    Warehouse(root).publish()
    return root
