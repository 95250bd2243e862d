"""What tests share: the recorded data where it is at hand, an empty built warehouse, rows for it,
and the sample's warehouse.
"""

import atexit
import fcntl
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest
from hypothesis import settings

from marketwake.base.settings import Settings
from marketwake.runs.run import Hooks, Run
from marketwake.runs.steps import report
from marketwake.sources.files.sample import Sample
from marketwake.warehouse import embedded
from marketwake.warehouse.build import build, stage
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.embedded import BUILT_IN_ONLY
from marketwake.warehouse.files import Warehouse
from tests.support.servers import VENUES, Limit

if TYPE_CHECKING:
    from marketwake_flows.api import Api

Insert = Callable[..., None]
BuiltOnce = Callable[[str, Callable[[Path], None]], Path]
# Prefect keeps what failed flows raised below its home; that of a test run goes with it. Set before
# anything imports prefect.
_prefect_home = tempfile.TemporaryDirectory(prefix="marketwake-tests-")
atexit.register(_prefect_home.cleanup)
os.environ["PREFECT_HOME"] = _prefect_home.name
# Nothing is told to anybody.
os.environ["DO_NOT_TRACK"] = "1"
# The workers share the cores, and polars' threads take them while they wait for one another. It
# makes them when it is first used.
os.environ["POLARS_MAX_THREADS"] = "1"
# The same for the writer's connections.
BUILT_IN_ONLY["threads"] = 1
# What is printed has no width here, but where a test gives one.
os.environ.pop("COLUMNS", None)
# No deadline: the machine may be busy. On CI the same examples each time, so that a red run is
# about the change.
settings.register_profile("marketwake", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("marketwake")
_MAKE = embedded._make
SHARED = Path(__file__).parents[2] / "shared" / "data"


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, since tests also wait for servers; four at most."""
    return min(4, (os.cpu_count() or 1) + 1)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected stays to the end: the collector of garbage, which would walk
    half a million objects again and again, leaves it alone.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_unconfigure() -> None:
    """At its end the interpreter takes everything apart, and complains of what is left."""
    gc.unfreeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first worker begins with the tests that share a Prefect server, the others with the
    longest, which have a timeout of their own: by turns those of a file. A worker that is done
    takes from the end of another's list.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if item.get_closest_marker("timeout")]
    served = [item for item in items if _is_served(item) and item not in long]
    rest = iter([item for item in items if item not in (*long, *served)])
    paths = list(dict.fromkeys(item.path for item in long))
    heads = [served] + [
        [item for item in long if paths.index(item.path) % (workers - 1) == number]
        for number in range(workers - 1)
    ]
    ordered = list[pytest.Item]()
    for number, head in enumerate(heads if workers > 1 else [served + long]):
        share = (len(items) - len(ordered)) // (workers - number)
        ordered += [*head, *islice(rest, max(0, share - len(head)))]
    items[:] = [*ordered, *rest]


def _is_served(item: pytest.Item) -> bool:
    return "prefect_server" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded public data; skips where it is not at hand."""
    if not SHARED.is_dir():
        pytest.skip("needs the recorded data beside the checkout (../shared/data)")
    return SHARED


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> BuiltOnce:
    """`built_once(name, make)`: a folder that `make` fills, once for all workers of this run; the
    others wait for it. Copy what is in it before changing it.
    """
    base = tmp_path_factory.getbasetemp()
    shared_base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def folder_of(name: str, make: Callable[[Path], None]) -> Path:
        folder, partial = shared_base / name, shared_base / f".{name}.partial"
        with (shared_base / f".{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                shutil.rmtree(partial, ignore_errors=True)
                partial.mkdir()
                make(partial)
                partial.rename(folder)
        return folder

    return folder_of


def _stage(root: Path) -> None:
    with Warehouse(root).writer() as con:
        stage(con)


@pytest.fixture(scope="session", autouse=True)
def _new_warehouses(built_once: BuiltOnce) -> Iterator[None]:
    """A new warehouse of this process is a copy of one that was made once, tables, reference data
    and views in place and no row, which spares two seconds of processor each. See `made_anew`.
    """
    made = built_once("staged", _stage) / "writer.duckdb"

    def copied(path: Path) -> None:
        fresh = path.with_name(f".new-{path.name}")
        shutil.copyfile(made, fresh)
        fresh.replace(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "_make", copied)
        yield


@pytest.fixture
def made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """New warehouses are made by the program, as users' are, not copied."""
    monkeypatch.setattr(embedded, "_make", _MAKE)


def _build(root: Path) -> None:
    with Warehouse(root).writer() as con:
        build(con)


@pytest.fixture(scope="session")
def _built(built_once: BuiltOnce) -> Path:
    return built_once("built", _build) / "writer.duckdb"


@pytest.fixture
def con(_built: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse of one's own with seeds, calendars, macros, views and (empty) marts built, and no
    raw row.
    """
    path = tmp_path / "writer.duckdb"
    shutil.copyfile(_built, path)
    # As Warehouse opens it, but for bringing its tables up to date, which they are. What is in its
    # log when it is closed goes with the file.
    with duckdb.connect(path, config=BUILT_IN_ONLY) as connection:
        connection.execute("set timezone = 'UTC'; pragma disable_checkpoint_on_shutdown")
        yield connection


@pytest.fixture(scope="session")
def unchanged(_built: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same for whoever only reads it: one for all tests of a worker."""
    with duckdb.connect(_built, read_only=True, config=BUILT_IN_ONLY) as connection:
        connection.execute("set timezone = 'UTC'")
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
            f"insert into raw.{table} by name "
            "select *, ?::timestamptz as recorded_at, 'test' as payload_sha256 from rows",
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


@pytest.fixture
def without_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients of spot venues that do not wait between requests, and venues that let them; the tests
    of sources/test_spot.py hold both to the pace.
    """
    from ccxt import Exchange  # type: ignore[import-untyped]

    monkeypatch.setattr(Exchange, "throttle", lambda *_: None)
    for venue in VENUES.values():
        monkeypatch.setattr(venue, "limit", Limit(per_second=1e6, burst=1e6))


def _migrate(root: Path) -> None:
    from marketwake_flows.server import running

    with running(root):
        pass


@pytest.fixture(scope="session")
def migrated(built_once: BuiltOnce) -> Callable[[Path], Path]:
    """`migrated(root)`: the root with a database of Prefect's in place, which a server takes six
    seconds of processor to make. Returns the root.
    """
    made = built_once("prefect", _migrate)

    def put(root: Path) -> Path:
        from marketwake_flows.api import HOME

        shutil.copytree(made / HOME, root / HOME, ignore=shutil.ignore_patterns("*.l*"))
        return root

    return put


@pytest.fixture(scope="session")
def prefect_server(
    tmp_path_factory: pytest.TempPathFactory, migrated: Callable[[Path], Path]
) -> Iterator["Api"]:
    """A Prefect server with a database of its own, gate and key, as users have it. It takes seconds
    to start, so there is one for all tests of a worker. Flows in this process use it; the
    environment of others does not name it.
    """
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

    from marketwake_flows.server import running

    root = migrated(tmp_path_factory.mktemp("prefect"))
    with running(root) as api, pytest.MonkeyPatch.context() as patch:
        patch.delenv("PREFECT_API_URL")
        patch.delenv("PREFECT_API_AUTH_STRING")
        with temporary_settings({PREFECT_API_URL: api.url, PREFECT_API_AUTH_STRING: api.key}):
            yield api


@pytest.fixture
def few_series(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each dataset of Yahoo's the first series alone, for nights that are not about them: their
    hundred requests take longer than all others.
    """
    from marketwake.sources.yahoo.source import Yahoo

    every = Yahoo._series

    def first_of_each(yahoo: Yahoo) -> Iterator[Any]:
        series = list(every(yahoo))
        datasets = [item.dataset for item in series]
        return (series[datasets.index(dataset)] for dataset in dict.fromkeys(datasets))

    monkeypatch.setattr(Yahoo, "_series", first_of_each)


@pytest.fixture
def brief_study(monkeypatch: pytest.MonkeyPatch) -> None:
    """A study of one anchor of one event; the others take the same way, and more time."""
    from tests.support.killed import study_briefly

    study_briefly(monkeypatch)


def _load_sample(root: Path) -> None:
    run = Run(Warehouse(root), "nightly", "sample", Settings())
    with run.hold(0):
        run.load([run.fetch(Sample())])
        result = run.finish(Hooks(report=lambda _warehouse: ([], [])))
    assert result.problems == ()


@pytest.fixture(scope="session")
def sample_root(built_once: BuiltOnce) -> Path:
    """A published warehouse with the bundled sample, made by the steps of a run. Copy it before
    changing it.
    """
    return built_once("sample", _load_sample)


@pytest.fixture(scope="session")
def shown_sample_root(built_once: BuiltOnce, sample_root: Path) -> Path:
    """The same with its pages, as `without_pictures` has them: a run that changes no figure draws
    none of ten again. Copy it before changing it.
    """

    def show(root: Path) -> None:
        from tests.support.killed import draw_nothing

        shutil.copytree(sample_root, root, symlinks=True, dirs_exist_ok=True)
        with pytest.MonkeyPatch.context() as patch:
            draw_nothing(patch)
            report(Warehouse(root))

    return built_once("shown-sample", show)
