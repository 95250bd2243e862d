"""From raw tables to marts: reference data, calendars, macros, views and marts, all or nothing."""

import re
from collections.abc import Collection, Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import duckdb
import polars as pl

from marketwake.base.csv_text import read_csv_text
from marketwake.base.definitions import define
from marketwake.base.duck import registered, transaction
from marketwake.base.errors import DefinitionError, SourceChangedError
from marketwake.base.resources import SQL, program_digest
from marketwake.calendars.futures import futures_contract_frame
from marketwake.calendars.sessions import session_frame
from marketwake.calendars.stamps import stamp_frame
from marketwake.warehouse.contracts import read_contracts
from marketwake.warehouse.ddl import SCHEMA_OF, create_table, create_tables
from marketwake.warehouse.renewal import EVER, Span, column_by_day, look_at, new_to, take_in

_TABLE = re.compile(r"^create or replace table (\S+) as\n(.*?;)$", re.MULTILINE | re.DOTALL)
"""The table of a file, and the query that fills it."""


def build(con: duckdb.DuckDBPyConnection) -> None:
    """Bring up to date everything that is derived from raw tables by SQL; on an error the former
    state stays. Marts over bars are renewed for the days that have changed.

    Raises:
        DefinitionError: a seed breaks its contract, or an SQL file does not run.
    """
    with transaction(con):
        _stage(con)
        con.execute("create schema if not exists mart")
        run_folder(con, "study")
        run_folder(con, "marts", spans=new_to(con, "marts"))
        run_folder(con, "interface")
        take_in(con, "marts")


def stage(con: duckdb.DuckDBPyConnection) -> None:
    """Bring reference data and staging views to this program's form where they are not, without the
    marts; on an error the former state stays.

    Raises:
        DefinitionError: a seed breaks its contract, or an SQL file does not run.
    """
    with transaction(con):
        _stage(con)


def _stage(con: duckdb.DuckDBPyConnection) -> None:
    create_table(con, "ops", "stage")
    wanted = program_digest(SQL)
    if con.execute("select fingerprint from ops.stage").fetchall() == [(wanted,)]:
        return
    reference(con)
    con.execute("create schema if not exists stg")
    for folder in ("macros", "staging"):
        run_folder(con, folder)
    con.execute("delete from ops.stage")
    con.execute("insert into ops.stage values (?)", [wanted])


def reference(con: duckdb.DuckDBPyConnection) -> None:
    """Fill the seed and calendar tables anew, with the project's rows alone. Raises
    DefinitionError.
    """
    con.execute("delete from ops.own_event")
    _fill(con, "seeds", _seed_frames())
    _fill(con, "calendars", _calendar_frames(con))


def run_folder(
    con: duckdb.DuckDBPyConnection,
    folder: str,
    names: Collection[str] | None = None,
    spans: Sequence[Span] = (EVER,),
) -> None:
    """Run every file of `sql/<folder>`, or the files of these names and all that they come after; a
    file comes after those that its `-- after: name, name` line names. Tables of files that can look
    at some days alone are renewed for those days, unless these are EVER.

    Raises:
        DefinitionError: a file does not run, or names a file that is not there.
    """
    texts = {
        path.stem: path.read_text(encoding="utf-8") for path in sorted((SQL / folder).glob("*.sql"))
    }
    for name in _ordered(folder, texts, texts if names is None else names):
        try:
            _run(con, texts[name], spans)
        except duckdb.Error as error:
            raise DefinitionError(
                f"sql/{folder}/{name}.sql: {error}",
                "Mend the file; the marts of the last good build stay.",
            ) from error


def _run(con: duckdb.DuckDBPyConnection, text: str, spans: Sequence[Span]) -> None:
    column = column_by_day(text)
    if column is None or EVER in spans:
        if column:
            look_at(con, EVER)
        define(con, text)
        return
    table, query = _TABLE.findall(text)[0]
    for span in spans:
        look_at(con, span)
        con.execute(
            f"delete from {table} where {column} >= renewed_from() and {column} < renewed_until()"
        )
        con.execute(f"insert into {table} {query}")


def _ordered(folder: str, texts: dict[str, str], names: Iterable[str]) -> list[str]:
    after: dict[str, list[str]] = {}
    reached = list(names)
    for name in reached:
        if name in after:
            continue
        line = re.search(r"^-- after: (.+)$", texts[name], re.MULTILINE)
        after[name] = [other.strip() for other in line[1].split(",")] if line else []
        unknown = set(after[name]) - set(texts)
        if unknown:
            raise DefinitionError(
                f"sql/{folder}/{name}.sql comes after {sorted(unknown)}, which is not there",
                "Mend its '-- after:' line.",
            )
        reached += after[name]
    try:
        return list(TopologicalSorter(after).static_order())
    except CycleError as error:
        raise DefinitionError(
            f"sql/{folder}: files wait for one another: {error.args[1]}",
            "Mend their '-- after:' lines.",
        ) from error


def _seed_frames() -> dict[str, pl.DataFrame]:
    frames = {}
    for name, contract in read_contracts("seeds").items():
        path = SQL / "seeds" / f"{name}.csv"
        try:
            frame = read_csv_text(
                "seeds", path.name, path.read_bytes(), [column.name for column in contract.columns]
            )
        except SourceChangedError as error:
            raise DefinitionError(error.what, f"Mend {_shown(path)}.") from error
        validated = contract.validate(frame)
        if validated.rejected.height:
            row = validated.rejected.row(0, named=True)
            raise DefinitionError(
                f"{_shown(path)}: row {row['row_number']}: {row['reason']}",
                "Mend the row; the marts of the last good build stay.",
            )
        frames[name] = validated.accepted
    return frames


def _calendar_frames(con: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    overrides = con.sql("select root, contract, expires_at from seed.futures_expiry_override").pl()
    return {
        "session": session_frame(),
        "stamp": stamp_frame(),
        "futures_contract": futures_contract_frame(overrides),
    }


def _fill(con: duckdb.DuckDBPyConnection, folder: str, frames: dict[str, pl.DataFrame]) -> None:
    schema = SCHEMA_OF[folder]
    con.execute(f"drop schema if exists {schema} cascade")
    create_tables(con, folder)
    for name, frame in frames.items():
        with registered(con, "incoming", frame.to_arrow()):
            con.execute(f"insert into {schema}.{name} by name from incoming")


def _shown(path: Path) -> str:
    return f"sql/seeds/{path.name}"
