"""Events of one installation: a file for each, `<root>/events/<event>.toml`, whose rows keep the
contracts of the seed tables and stand in them beside the project's.

    event = "fomc-2025-07"
    name = "FOMC leaves the target range unchanged"
    kind = "policy"
    source = "Federal Reserve, statement of 30 July 2025"

    [[anchor]]
    anchor = "statement"
    at = 2025-07-30T18:00:00Z
    precision = "minute"
    note = "the statement came out at 14:00 in Washington"

`earliest` and `latest` of an anchor are `at` where they are left out, `votes` is true, `source` the
event's and `how_seen` "in full". `[[confounder]]` is other news near the event: name, at,
precision, and note, earliest, latest, source and how_seen where there are any.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from marketwake.base.clock import YEARS
from marketwake.base.duck import registered
from marketwake.base.errors import BadInputError
from marketwake.base.own_files import own_files, own_text
from marketwake.base.parts import alone
from marketwake.base.seeds import seed_rows
from marketwake.warehouse.contracts import read_contracts

FOLDER = "events"
"""Below the folder of the warehouse."""
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""Names of events: pages are called so."""
MEND = "Mend the file; docs/own.md shows one. `marketwake rebuild` then takes it in."
MOST_ROWS = 20
"""Anchors of an event, and other news near it: each anchor is studied, which takes a second."""
TABLES = ("event", "anchor", "confounder")
"""Of the schema seed, which an own event fills."""
_INSTANTS = {"at": "nominal_at", "earliest": "earliest_at", "latest": "latest_at"}
_KEYS = {
    "event": {name: name for name in ("event", "name", "kind", "source")},
    "anchor": _INSTANTS
    | {"votes": "is_candidate"}
    | {name: name for name in ("anchor", "precision", "note", "source", "how_seen")},
    "confounder": _INSTANTS
    | {"at": "happened_at"}
    | {name: name for name in ("name", "precision", "note", "source", "how_seen")},
}
"""By table, the columns that its keys in a file fill."""
Frames = dict[str, pl.DataFrame]
"""Rows by table of the schema seed, in the columns of its contract."""


def read_own(root: Path) -> tuple[dict[str, Frames], list[str]]:
    """The events of an installation by name, and what is wrong with its files, a line each: a file
    that is wrong gives no event, and the others are as if it were not there.
    """
    found, problems = dict[str, Frames](), list[str]()
    for path in own_files(root / FOLDER, ".toml"):
        with alone(f"the event of {path.name}", problems):
            found[path.stem] = read_event(path)
    return found, [f"{problem}. {MEND}" for problem in problems]


def read_event(path: Path) -> Frames:
    """The event that a file describes.

    Raises:
        BadInputError: it cannot be read, has a key that nobody knows, is not named like its event,
            the project has an event of that name, or a row breaks its contract.
    """
    try:
        return event_of(path, own_text(path))
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(path, f"it cannot be read: {error}") from error


def event_of(path: Path, text: str) -> Frames:
    """The event of a text that stands, or is to stand, in a file. Raises as `read_event`."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(path, f"it is no TOML: {error}") from error
    name = path.stem
    if told.get("event") != name or not NAME.fullmatch(name):
        raise _wrong(
            path,
            f"event: it must be '{name}', as the file is called, of small letters, digits and '-'",
        )
    if any(row["event"] == name for row in seed_rows("event")):
        raise _wrong(path, f"event: the project has an event '{name}'")
    lists = {table: told.pop(table, []) for table in ("anchor", "confounder")}
    for table, rows in lists.items():
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise _wrong(path, f"{table}: write [[{table}]] above each one's lines")
    for table, rows in lists.items():
        if len(rows) > MOST_ROWS:
            raise _wrong(path, f"{table}: it has more than {MOST_ROWS}")
        for key in _INSTANTS:
            if any(getattr(row.get(key), "year", YEARS[0]) not in YEARS for row in rows):
                raise _wrong(
                    path, f"{table}: {key}: give one of the years {YEARS[0]} to {YEARS[-1]}"
                )
    if not lists["anchor"]:
        raise _wrong(
            path, "it has no [[anchor]], an instant at which the event may have been known"
        )
    return {
        "event": _frame(path, "event", [told]),
        **{
            table: _frame(path, table, [{"source": told.get("source")} | row for row in rows])
            for table, rows in lists.items()
        },
    }


def place(con: duckdb.DuckDBPyConnection, own: Mapping[str, Frames]) -> None:
    """Put these events, and no others of the installation, beside the project's. Must run in a
    transaction.
    """
    for table in TABLES:
        con.execute(f"delete from seed.{table} where event in (select event from ops.own_event)")
        for frames in own.values():
            with registered(con, "incoming", frames[table].to_arrow()):
                con.execute(f"insert into seed.{table} by name from incoming")
    con.execute("delete from ops.own_event")
    for name in own:
        con.execute("insert into ops.own_event values (?, ?)", [name, f"{FOLDER}/{name}.toml"])


def placed(con: duckdb.DuckDBPyConnection) -> dict[str, Frames]:
    """The events of the installation as a warehouse holds them, for another."""
    names = con.execute("select event from ops.own_event order by event").fetchall()
    return {
        name: {
            table: con.sql(f"select * from seed.{table} where event = ?", params=[name]).pl()
            for table in TABLES
        }
        for (name,) in names
    }


def _frame(path: Path, table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """The rows of a table in a file, as text in the columns of its contract, and judged by it."""
    contract = read_contracts("seeds")[table]
    names = [column.name for column in contract.columns]
    cells = [
        dict.fromkeys(names) | dict(_cells(path, table, number, row))
        for number, row in enumerate(rows, start=1)
    ]
    frame = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String))
    validated = contract.validate(frame)
    if validated.rejected.height:
        row = validated.rejected.row(0, named=True)
        raise _wrong(path, f"{_place(table, row['row_number'])}{_in_keys(table, row['reason'])}")
    if validated.accepted.height < frame.height:
        raise _wrong(path, f"[[{table}]]: two of one name")
    return validated.accepted


def _cells(
    path: Path, table: str, number: int, row: Mapping[str, Any]
) -> Iterator[tuple[str, str | None]]:
    """Column and text of every key of a row, and of those that it leaves out."""
    keys = _KEYS[table]
    unknown = set(row) - set(keys)
    if unknown:
        raise _wrong(
            path,
            f"{_place(table, number)}there is no key '{min(unknown)}'; expected {', '.join(keys)}",
        )
    given = dict(row)
    if table != "event":
        yield "event", path.stem
        given = {"how_seen": "in full"} | given
        given |= {key: given.get(key, given.get("at")) for key in ("earliest", "latest")}
    if table == "anchor":
        given = {"votes": True} | given
    for key, value in given.items():
        where = f"{_place(table, number)}{key}: "
        if key in _INSTANTS:
            value = _instant(path, where, value)
        elif key == "votes":
            if not isinstance(value, bool):
                raise _wrong(path, f"{where}write true or false, not '{value}'")
            value = str(value).lower()
        elif value is not None and not isinstance(value, str):
            raise _wrong(path, f"{where}write a text in quotes, not {value}")
        yield keys[key], value


def _instant(path: Path, where: str, value: object) -> str | None:
    """As contracts read it, in UTC."""
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _wrong(
            path,
            f"{where}'{value}' is no instant with a time zone; write it like 2025-07-30T18:00:00Z",
        )
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _place(table: str, number: int) -> str:
    return "" if table == "event" else f"[[{table}]] {number}: "


def _in_keys(table: str, reason: str) -> str:
    """A reason of the contract in the words of the file."""
    for key, column in _KEYS[table].items():
        reason = re.sub(rf"\b{column}\b", key, reason)
    return reason


def _wrong(path: Path, what: str) -> BadInputError:
    return BadInputError(f"{FOLDER}/{path.name}: {what}", MEND)
