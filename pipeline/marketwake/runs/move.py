"""The command move: a warehouse from its files into a lake, or back, with every version."""

from pathlib import Path

import duckdb

from marketwake.base.definitions import ALIAS
from marketwake.base.duck import attached, transaction
from marketwake.base.errors import BadInputError, LandingError, WarehouseError
from marketwake.base.log import timed
from marketwake.base.resources import SQL
from marketwake.base.settings import read_settings
from marketwake.landing import place
from marketwake.landing.shared import SharedPlace
from marketwake.landing.store import shared_landing
from marketwake.runs import steps
from marketwake.runs.result import refuse_broken
from marketwake.warehouse import whole
from marketwake.warehouse.embedded import Embedded, open_to_write
from marketwake.warehouse.files import Warehouse, lake_of
from marketwake.warehouse.store import Store

_MADE_ANEW = {"build", "migration", "own_event", "stage", "taken_in"}
"""Tables of `ops` that say what the place at hand has been through."""


def move(root: Path, *, back: bool = False) -> dict[str, int]:
    """Copy landing, every raw row, all versions, and what is known of runs and loads; then build,
    check and publish there. What is copied stays where it was.

    Args:
        root: the folder of the warehouse, whose settings name the lake.
        back: from the lake into the folder's files, not there.

    Returns:
        Rows by table.

    Raises:
        BadInputError: the settings name no lake, there is nothing to copy, or something is there
            already.
        LandingError: a receipt is damaged, or landing cannot be copied.
        WarehouseError: another process holds either place, or one cannot be read or written.
        ChecksFailedError: the rows are copied, but the data checks stopped the publishing.
        RunFailedError: the rows are copied, but a part broke; the rest is published.
    """
    settings = read_settings(root)
    if not settings.warehouse_url:
        raise BadInputError(
            "the settings name no lake",
            "Set warehouse_url in marketwake.toml; see docs/scaling.md.",
        )
    lake, files = lake_of(root, settings), Embedded(root)
    source, target = (lake, files) if back else (files, lake)
    if not source.exists():
        raise BadInputError(f"there is no warehouse in {_name(source)}", "Nothing was moved.")
    with Warehouse(root, files).exclusive("move"), Warehouse(root, lake).exclusive("move"):
        _refuse_full(target)
        _copy_landing(root, shared_landing(root, settings), back=back)
        with timed("copy") as line, lake.open() as con:
            rows = _copy(con, files.file, back=back)
            line.append(f"{sum(rows.values())} rows")
    warehouse = Warehouse(root, target)
    with warehouse.exclusive("move"):
        problems = steps.derive(warehouse)
        steps.check(warehouse)
        warehouse.publish()
        problems += steps.report(warehouse)[1]
    refuse_broken("move", problems)
    return rows


def _copy_landing(root: Path, shared: str, *, back: bool) -> None:
    here, there = place.LocalPlace(root / "landing"), SharedPlace(shared)
    source, target = (there, here) if back else (here, there)
    try:
        place.copy(source, target)
    except OSError as error:
        raise LandingError(
            f"landing cannot be copied from {source.name} to {target.name}: {error}",
            "Nothing else was moved. See that both places can be reached, and that there is room.",
        ) from error


def _copy(con: duckdb.DuckDBPyConnection, file: Path, *, back: bool) -> dict[str, int]:
    """All tables in one transaction, each in the order in which its rows were written."""
    if back:
        open_to_write(file).close()
    here, there = (ALIAS, "files") if back else ("files", ALIAS)
    rows = {}
    try:
        with attached(con, file, "files", read_only=not back):
            with transaction(con):
                for table in _tables():
                    rows[table] = con.execute(
                        f"insert into {there}.{table} by name "
                        f"select * from {here}.{table} order by rowid"
                    ).fetchall()[0][0]
            if back:
                whole.checkpoint(con, "files")
    except duckdb.Error as error:
        if back:
            file.unlink()
        raise WarehouseError(
            f"{file} cannot be {'written' if back else 'read'}: {error}",
            "Nothing was moved. Was it written by a newer DuckDB, `marketwake replay` of the "
            "installation that wrote it makes it anew, in a form that this one reads.",
        ) from error
    return rows


def _tables() -> list[str]:
    return [
        f"{schema}.{path.stem}"
        for schema in ("raw", "ops")
        for path in sorted((SQL / schema).glob("*.sql"))
        if path.stem not in _MADE_ANEW
    ]


def _refuse_full(target: Store) -> None:
    if target.exists():
        with target.look() as con:
            if con.execute("select 1 from ops.load limit 1").fetchall():
                raise BadInputError(
                    f"there is a warehouse in {_name(target)} already",
                    "Nothing was moved. Give another lake, or move that one's files aside.",
                )


def _name(store: Store) -> str:
    return str(store.file) if isinstance(store, Embedded) else "the lake"
