"""Where a lake lies, and connections to it."""

import os
from contextlib import closing
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import duckdb
import psycopg

from marketwake.base.definitions import ALIAS
from marketwake.base.duck import Config
from marketwake.base.errors import BadInputError, WarehouseError
from marketwake.base.settings import Settings
from marketwake.warehouse.opening import set_up

_URL = "ducklake:postgres:"
_S3 = "s3://"
_LOADS = """
select 1 from ducklake_table inner join ducklake_schema using (schema_id)
where (schema_name, table_name) = ('ops', 'load') and ducklake_table.end_snapshot is null
"""


@dataclass(frozen=True)
class Place:
    """A lake as the settings name it.

    Attributes:
        catalogue: how PostgreSQL is reached, as libpq reads it.
        data: a folder, or s3://bucket/prefix, of the tables' files and of landing.
        limits: what a connection may use.
    """

    catalogue: str
    data: str
    limits: Config

    @classmethod
    def of(cls, root: Path, settings: Settings) -> "Place":
        """That of a warehouse's settings."""
        limits: Config = {"memory_limit": settings.memory_limit, "threads": settings.threads}
        given = {name: limit for name, limit in limits.items() if limit}
        return cls(
            settings.warehouse_url.removeprefix(_URL),
            settings.lake_folder(root),
            # A database in memory would spill into the folder in which the program is started.
            given | {"temp_directory": str((root / "state" / "spilled").absolute())},
        )

    def postgres(self) -> psycopg.Connection:
        """A connection to the catalogue's database, each statement a transaction.

        Raises:
            WarehouseError: it cannot be reached.
        """
        try:
            # A dead machine is found, and its locks are free, after half a minute.
            return psycopg.connect(
                self.catalogue,
                autocommit=True,
                connect_timeout=10,
                keepalives_idle=10,
                keepalives_interval=5,
                keepalives_count=4,
            )
        except psycopg.Error as error:
            raise self.not_reached(error) from error

    def exists(self) -> bool:
        """Whether a lake with the tables of a warehouse is there. Raises WarehouseError."""
        with closing(self.postgres()) as pg:
            try:
                return bool(pg.execute(_LOADS).fetchall())
            except psycopg.errors.UndefinedTable:
                return False

    def connect(
        self, snapshot: int | None = None, *, writes: bool = False
    ) -> duckdb.DuckDBPyConnection:
        """A connection whose database is the lake: to its newest state, or to a snapshot; made
        where it writes and there is none.

        Raises:
            WarehouseError: it cannot be reached or read.
            BadInputError: this environment has none of what a lake needs.
        """
        con = duckdb.connect(
            config=self.limits
            | {
                # The wheels of the extensions are not signed as DuckDB's own servers do it.
                "allow_unsigned_extensions": True,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        try:
            for name in ("postgres_scanner", "ducklake", *(["httpfs"] if self._is_s3 else [])):
                con.execute(f"load '{_extension(name)}'")
            if self._is_s3:
                _sign_in(con)
            self.attach(con, ALIAS, snapshot, writes=writes)
            con.execute(f"use {ALIAS}")
            set_up(con)
        except duckdb.Error as error:
            con.close()
            raise self.not_reached(error) from error
        except BaseException:
            con.close()
            raise
        return con

    def attach(
        self,
        con: duckdb.DuckDBPyConnection,
        alias: str,
        snapshot: int | None = None,
        *,
        writes: bool = False,
    ) -> None:
        """Give a connection the lake under another name, too. Raises duckdb.Error."""
        if writes:
            options = f"data_path '{self.data}/tables/'"
        else:
            options = "read_only"
            if snapshot is not None:
                options += f", snapshot_version {snapshot}"
        con.execute(f"attach '{_URL}{self.catalogue}' as {alias} ({options})")

    @property
    def _is_s3(self) -> bool:
        return self.data.startswith(_S3)

    def not_reached(self, error: Exception) -> WarehouseError:
        """What to raise where the lake cannot be reached."""
        return WarehouseError(
            f"the lake at {self.catalogue} cannot be reached: {str(error).strip()}",
            "See that its PostgreSQL runs, that the database is there (`createdb`) and that its "
            f"files at {self.data} can be read from here.",
        )


def _extension(name: str) -> Path:
    """The file of an extension of DuckDB's, from its wheel."""
    try:
        folder = resources.files(f"duckdb_extension_{name}") / "extensions"
        (file,) = Path(str(folder)).rglob("*.duckdb_extension")
    except (ModuleNotFoundError, PackageNotFoundError, ValueError) as error:
        raise BadInputError(
            f"warehouse_url names a lake, and DuckDB's extension {name} is not installed: {error}",
            "Install marketwake with what a lake needs: pip install 'marketwake[lake]'.",
        ) from error
    return file


def _sign_in(con: duckdb.DuckDBPyConnection) -> None:
    """Let DuckDB reach S3 as whatever else reads the environment's AWS_ variables does."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL", "")
    options = {
        "key_id": os.environ.get("AWS_ACCESS_KEY_ID", ""),
        "secret": os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
        "session_token": os.environ.get("AWS_SESSION_TOKEN", ""),
        "region": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION", ""),
    }
    given = {name: value for name, value in options.items() if value}
    if endpoint:
        scheme, _, host = endpoint.rpartition("://")
        given |= {"endpoint": host.rstrip("/"), "url_style": "path"}
        given |= {"use_ssl": "false"} if scheme == "http" else {}
    told = "".join(
        f", {name} '{value.replace(chr(39), chr(39) * 2)}'" for name, value in given.items()
    )
    con.execute(f"create secret in_environment (type s3{told})")
