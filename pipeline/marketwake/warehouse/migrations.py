"""Changes to tables that already hold rows: `sql/migrations/NNNN_<what>.sql`, each applied once, in
order. Needs only DuckDB.

A new file has its tables in the newest form, so every migration counts as applied there. A file
without `ops.migration` is of the form before the first one.
"""

import hashlib
import re
from dataclasses import dataclass

import duckdb

from marketwake.base.definitions import define
from marketwake.base.errors import DefinitionError, NewerWarehouseError
from marketwake.base.resources import SQL
from marketwake.warehouse.ddl import create_table

FOLDER = SQL / "migrations"


@dataclass(frozen=True)
class Migration:
    """One file of the folder: its number, its stem and its text."""

    number: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Of the text, as lower-case hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def apply(self, con: duckdb.DuckDBPyConnection) -> None:
        """Run the text and record it; the caller holds the transaction.

        Raises:
            DefinitionError: the text does not run.
        """
        try:
            define(con, self.text)
        except duckdb.Error as error:
            raise DefinitionError(
                f"sql/migrations/{self.name}.sql: {error}",
                "The warehouse stays as it was. "
                "Mend the migration, or go back to the version before.",
            ) from error
        self.record(con)

    def record(self, con: duckdb.DuckDBPyConnection) -> None:
        """Note in `ops.migration` that the file has what this migration brings."""
        create_table(con, "ops", "migration")
        con.execute(
            "insert into ops.migration values (?, ?, ?, now())",
            [self.number, self.name, self.sha256],
        )


def known() -> list[Migration]:
    """The migrations of this program, in order.

    Raises:
        DefinitionError: a file's name is not `NNNN_<what>.sql`, or two have the same number.
    """
    by_number: dict[int, Migration] = {}
    for path in sorted(FOLDER.glob("*.sql")):
        parts = re.fullmatch(r"(\d{4})_[a-z0-9_]+", path.stem)
        if parts is None:
            raise DefinitionError(
                f"sql/migrations/{path.name} is not named NNNN_<what>.sql", "Rename it."
            )
        number = int(parts[1])
        if number in by_number:
            raise DefinitionError(
                f"sql/migrations: {by_number[number].name} and {path.stem} have the same number",
                "Give the later one the next.",
            )
        by_number[number] = Migration(number, path.stem, path.read_text(encoding="utf-8"))
    return list(by_number.values())


def pending(con: duckdb.DuckDBPyConnection) -> list[Migration]:
    """The migrations that the file of `con` lacks, in order; none where it has no table yet.

    Raises:
        NewerWarehouseError: it has one that this program does not know.
        DefinitionError: one that it has reads differently now, or one that it lacks comes before
            one that it has.
    """
    applied = check(con)
    if not applied and is_new(con):
        return []
    lacking = [migration for migration in known() if migration.number not in applied]
    if lacking and applied and lacking[0].number < max(applied):
        raise DefinitionError(
            f"sql/migrations/{lacking[0].name}.sql comes before migration {max(applied):04}, "
            "which this warehouse already has",
            "Give it the next free number.",
        )
    return lacking


def check(con: duckdb.DuckDBPyConnection) -> set[int]:
    """Numbers of the migrations that the file of `con` has, each known to this program and
    unchanged.

    Raises:
        NewerWarehouseError: it has one that this program does not know.
        DefinitionError: one that it has reads differently now.
    """
    # Not asked of duckdb_tables(): the first look through the catalogue takes ten milliseconds.
    try:
        found = con.execute("select number, name, sha256 from ops.migration order by number")
    except duckdb.CatalogException:
        return set()
    rows = found.fetchall()
    ours = {migration.number: migration for migration in known()}
    strange = [name for number, name, _ in rows if number not in ours]
    if strange:
        raise NewerWarehouseError(
            "this warehouse was written by a newer marketwake: "
            f"it has migrations {', '.join(strange)}",
            "Upgrade marketwake.",
        )
    for number, name, digest in rows:
        if ours[number].sha256 != digest:
            raise DefinitionError(
                f"sql/migrations/{ours[number].name}.sql is not what this warehouse "
                f"was migrated with ({name}, SHA-256 {digest[:12]})",
                "Put its old text back, and write a new migration for what should change.",
            )
    return {row[0] for row in rows}


def is_new(con: duckdb.DuckDBPyConnection) -> bool:
    """True for a file without any table."""
    return not con.execute(
        "select 1 from duckdb_tables() where not internal and database_name = current_database() "
        "limit 1"
    ).fetchall()
