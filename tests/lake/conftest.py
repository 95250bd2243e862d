"""A lake on this machine: PostgreSQL from a wheel, a database for each test, files in a folder."""

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest

from marketwake.base.settings import FILE

NEEDED = ("pgserver", "psycopg", "duckdb_extension_ducklake", "fsspec", "moto")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]
collect_ignore_glob = ["test_[!_]*.py"] if MISSING else []
Lakes = Callable[..., Path]
_numbers = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL for this worker, as libpq reaches it by its socket."""
    # The path of a socket may have a hundred bytes.
    with (
        tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        # It keeps a lock there to the end of the process.
        patch.setenv("XDG_RUNTIME_DIR", os.environ["PREFECT_HOME"])
        import pgserver

        # The server runs as another user where this one is root.
        Path(folder).chmod(0o755)
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield f"host={folder}/data user=postgres"
        finally:
            server.cleanup()


@contextmanager
def database(postgres: str, template: str = "template0") -> Iterator[str]:
    """A database of one's own, as libpq reaches it."""
    import psycopg

    name = f"lake{next(_numbers)}"
    with psycopg.connect(f"{postgres} dbname=postgres", autocommit=True) as pg:
        pg.execute(f"create database {name} template {template}")
        try:
            yield f"{postgres} dbname={name}"
        finally:
            pg.execute(f"drop database {name} with (force)")


def configure(folder: Path, catalogue: str, data: Path | str, **more: str | int) -> Path:
    """Settings that name a lake; returns their file."""
    file = folder / FILE
    given = {"warehouse_url": f"ducklake:postgres:{catalogue}", "lake_data": str(data)} | more
    file.write_text("".join(f"{name} = {value!r}\n" for name, value in given.items()))
    return file


@pytest.fixture
def lake(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a warehouse whose settings name a new lake."""
    root = tmp_path / "warehouse"
    root.mkdir()
    with database(postgres) as catalogue:
        config = configure(tmp_path, catalogue, tmp_path / "data")
        monkeypatch.setenv("MARKETWAKE_CONFIG", str(config))
        yield root


@pytest.fixture(scope="session")
def sample_lake(
    postgres: str, sample_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The sample's warehouse, moved into a lake, which is only read: the folder whose settings,
    `marketwake.toml` in it, name it.
    """
    from marketwake.runs.move import move

    folder = tmp_path_factory.mktemp("sample-lake")
    root = folder / "warehouse"
    shutil.copytree(sample_root, root, symlinks=True)
    with database(postgres) as catalogue, pytest.MonkeyPatch.context() as patch:
        config = configure(folder, catalogue, folder / "data")
        patch.setenv("MARKETWAKE_CONFIG", str(config))
        patch.setattr("marketwake.runs.steps.report", lambda _: ([], []))
        move(root)
        yield folder


@pytest.fixture
def in_lake(sample_lake: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of the sample's lake."""
    monkeypatch.setenv("MARKETWAKE_CONFIG", str(sample_lake / FILE))
    return sample_lake / "warehouse"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A place in a bucket of a server of S3 on loopback."""
    import s3fs
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "loopback")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "loopback")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    lake = f"lake-{uuid4()}"  # buckets of the process outlive a server
    s3fs.S3FileSystem().mkdir(lake)
    yield f"s3://{lake}/wh"
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()
