"""All that the answers about an event rest on, as a folder of files: tables in several formats,
what their columns mean, and the SQL that makes each again.
"""

import csv
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import astuple, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from marketwake.base.atomic import sha256_of
from marketwake.base.errors import BadInputError, DefinitionError
from marketwake.base.folders import filling
from marketwake.base.resources import SQL
from marketwake.base.text import closest, printable
from marketwake.base.under_way import step
from marketwake.cli.sql.meaning import Catalogue, Meaning
from marketwake.cli.sql.parameters import defaults
from marketwake.cli.sql.query import answer, asking
from marketwake.cli.sql.reading import bare
from marketwake.cli.sql.saved import saved_query
from marketwake.cli.sql.workbook import Workbook
from marketwake.warehouse.files import published_name

FORMATS = ("csv", "parquet", "xlsx")
FOLDER = SQL / "exports" / "event"
MANIFEST = "manifest.json"
_MAKER = "marketwake export event"
_HOURS = "hours_with_flows"
_WIDER = {"asset": "all", "days_before": "45", "days_after": "14"}
"""Of the saved query `hours_with_flows`: the weeks that say what is normal are in it."""


@dataclass(frozen=True)
class Table:
    """One table of the export: its name, the query, rows, and what its columns mean."""

    name: str
    text: str
    rows: int
    columns: list[Meaning]

    @property
    def grain(self) -> str:
        """What a row is."""
        return next(
            line.removeprefix("-- ") for line in self.text.splitlines() if "One row per" in line
        )


@dataclass(frozen=True)
class Exported:
    """What was written: the folder, its tables, and the names of those of which nothing is held."""

    folder: Path
    tables: list[Table]
    empty: list[str]


def export_event(
    root: Path, event: str, to: Path, formats: Collection[str] = FORMATS, *, force: bool = False
) -> Exported:
    """Write the folder `to`, whole or not at all, from one published file.

    Args:
        root: the warehouse.
        event: as in seed.event.
        to: a new or empty folder, or one that an earlier export has made and nobody has changed.
        formats: some of `FORMATS`.
        force: write into another folder, too, where files of the same names are replaced, and what
            else an earlier export of this event wrote is removed; not into that of another event.

    Raises:
        BadInputError: no such event or format, or the folder cannot be written or has files of
            others.
        DefinitionError: a query does not run on what is published.
        WarehouseError: nothing is published.
    """
    if not formats or set(formats) - set(FORMATS):
        raise BadInputError(
            f"--format: '{','.join(formats)}'", f"Choose of {', '.join(FORMATS)}, with commas."
        )
    if to.resolve() == Path.cwd():
        raise BadInputError(f"{to} is the folder you are in", "Name a folder in it with --to.")
    former = _manifest(to)
    if former.get("event", event) != event:
        raise BadInputError(
            f"{to} has an export of the event '{former['event']}'",
            "Name another folder with --to; --force does not mix two events either.",
        )
    is_ours = _is_listed(to.resolve(), former)
    try:
        with filling(to, is_ours, force=force) as folder, asking(root, folder) as con:
            return _fill(con, folder, event, to, formats)
    except FileExistsError as error:
        raise BadInputError(
            f"{error.filename} is not of an earlier export of this event, or was changed since",
            "Name a new folder with --to, or let --force write among what is there.",
        ) from error
    except OSError as error:
        raise BadInputError(
            f"{to} cannot be written: {error.strerror}", "Name another folder with --to."
        ) from error


def _fill(
    con: duckdb.DuckDBPyConnection, folder: Path, event: str, to: Path, formats: Collection[str]
) -> Exported:
    title = _title(con, event)
    told = Catalogue(con)
    found = []
    for name, text in queries(event).items():
        with step(f"rows of {name}"):
            found.append(_table(con, told, name, text))
    empty = [table.name for table in found if not table.rows]
    done = Exported(to, [table for table in found if table.rows], empty)
    with step(f"writing {', '.join(formats)}"):
        _write_tables(con, folder, event, done.tables, formats)
    _write_dictionary(folder / "dictionary.csv", done.tables)
    text = _readme(event, title, published_name(con), done, formats)
    (folder / "README.md").write_text(text, encoding="utf-8")
    _write_manifest(folder, event, published_name(con))
    return done


def queries(event: str) -> dict[str, str]:
    """The query of each table, by its name, with the event among its defaults."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.sql")}
    texts[_HOURS] = _set(saved_query(_HOURS), _WIDER)
    return {name: _set(texts[name], {"event": event}) for name in sorted(texts)}


def _set(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = re.sub(rf"(?m)^(-- default: {name} = ).*$", rf"\g<1>{value}", text)
    return text


def _title(con: duckdb.DuckDBPyConnection, event: str) -> str:
    names = dict(con.execute("select event, name from seed.event order by event").fetchall())
    if event not in names:
        raise BadInputError(
            f"there is no event '{event}'", f"{closest(event, names)}Known: {', '.join(names)}."
        )
    return printable(names[event])


def _table(con: duckdb.DuckDBPyConnection, told: Catalogue, name: str, text: str) -> Table:
    (statement,) = con.extract_statements(text)
    query, values = bare(statement.query), defaults(text)
    try:
        described = con.execute(f"describe {query}", values).fetchall()
        ((rows,),) = con.execute(f"select count(*) from (\n{query}\n)", values).fetchall()
    except duckdb.Error as error:
        raise DefinitionError(
            f"the query of {name}: {error}",
            "If an older version has published the warehouse, let this one run a night first.",
        ) from error
    columns = [(column, kind) for column, kind, *_ in described]
    return Table(name, text, rows, told.meanings(query, columns, text))


def _write_tables(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    event: str,
    tables: list[Table],
    formats: Collection[str],
) -> None:
    for name in ("sql", *(kind for kind in formats if kind != "xlsx")):
        (folder / name).mkdir()
    for table in tables:
        (folder / "sql" / f"{table.name}.sql").write_text(table.text, encoding="utf-8")
        if "parquet" in formats:
            answer(con, table.text, "parquet", folder / "parquet" / f"{table.name}.parquet")
        if "csv" in formats:
            path = folder / "csv" / f"{table.name}.csv"
            with path.open("w", encoding="utf-8", newline="") as stream:
                answer(con, table.text, "csv", stream)
    if "xlsx" in formats:
        book = Workbook(con)
        for table in tables:
            book.begin(table.name, table.text)
            answer(con, table.text, "xlsx", book)
        book.save(folder / f"{event}.xlsx")


def _write_dictionary(path: Path, tables: list[Table]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        sheet = csv.writer(stream, lineterminator="\n")
        sheet.writerow(["table", *(name.replace("_", " ") for name in Meaning.__annotations__)])
        sheet.writerows((table.name, *astuple(one)) for table in tables for one in table.columns)


def _readme(
    event: str, title: str, warehouse: str, done: Exported, formats: Collection[str]
) -> str:
    places = {
        "csv": "- `csv/` has each table as text, with the names of the columns in its first line.",
        "parquet": "- `parquet/` has the same with types, for pandas, polars, DuckDB and R.",
        "xlsx": f"- `{event}.xlsx` has the same for Excel: a sheet for each table, one with the "
        "dictionary\n  and one with the queries.",
    }
    return _README.format(
        title=title,
        event=event,
        version=version("marketwake"),
        warehouse=warehouse,
        places="\n".join(places[kind] for kind in FORMATS if kind in formats),
        tables="\n".join(
            f"| {table.name} | {table.rows:,} | {table.grain} |" for table in done.tables
        ),
        empty=f"Nothing is held around this event for: {', '.join(done.empty)}.\n\n"
        if done.empty
        else "",
    )


_README = """# {title}

All that marketwake's answers about the event `{event}` rest on. marketwake {version} wrote it from
`{warehouse}`: the published file of that instant, in UTC.
A figure that its publisher restated before stands here as restated.

## What is here

{places}
- `dictionary.csv` says of every column what it means, its unit, and the table it comes from.
- `sql/` has the query of each table: `marketwake sql sql/claims.sql --to claims.csv` makes the same
  table again from the same file; add `--warehouse FOLDER` where the warehouse is elsewhere.
- `manifest.json` lists the files with their digests.

| table | rows | what it holds |
|---|---:|---|
{tables}

{empty}## How to read it

- Instants are in UTC. A session is a day of the New York Stock Exchange. Rates, returns and shares
  are fractions: 0.01 is 1 %. Other units stand in the names of the columns. An empty cell is a
  figure that is not known.
- `hours_with_flows` looks into no future: beside each hour stands the newest flow that was public
  when the hour ended, which is the morning after its session at the earliest.
- The hours, flows and futures are those from 45 days before the event to 14 days after it. `tests`
  ranks the event among all dates that the warehouse holds; `--set days_before=400` on the query of
  the hours has more of them.
- `claims` has what was written and the verdict, `claim_parts` how each part was judged,
  `claim_figures` every figure that was computed for it, and `claim_evidence` the published rows
  behind those, with the publisher.
- In Excel a date is a date; a whole number of more than fifteen digits is text.
- In pandas: `pd.read_parquet("parquet/hours_with_flows.parquet")`.

The figures belong to those who published them. What they say about their use is in NOTICE, which
comes with marketwake: read it before you hand this folder on.
"""


def _write_manifest(folder: Path, event: str, warehouse: str) -> None:
    files = {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    told = {
        "made_by": _MAKER,
        "version": version("marketwake"),
        "event": event,
        "warehouse": warehouse,
        "sha256": files,
    }
    (folder / MANIFEST).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _manifest(folder: Path) -> dict[str, Any]:
    """What an earlier export says of itself; empty where there is none."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        is_whole = told["made_by"] == _MAKER and isinstance(told["event"], str)
        return {**told, "sha256": dict(told["sha256"])} if is_whole else {}
    except (OSError, ValueError, LookupError, TypeError):  # there is none, or it is somebody else's
        return {}


def _is_listed(folder: Path, manifest: Mapping[str, Any]) -> Callable[[Path], bool]:
    """Whether a file below a folder is one that its manifest has, unchanged."""
    digests = manifest.get("sha256", {})

    def is_ours(path: Path) -> bool:
        name = path.relative_to(folder).as_posix()
        if name == MANIFEST:
            return bool(digests)
        return name in digests and sha256_of(path) == digests[name]

    return is_ours
