"""The tables of Prefect's database, made at once: its own steps from its first version to today's
end at the same ones and take it five seconds. Prefect is not imported here.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

TABLES = Path(__file__).with_name("prefect_tables.sql")
"""As Prefect's own steps leave them, and how far they went; a newer Prefect goes on from there."""


def make(path: Path) -> None:
    """Make the database where there is none.

    Raises:
        sqlite3.Error: the file cannot be written.
    """
    if not path.exists():
        with closing(sqlite3.connect(path)) as con:
            con.executescript(TABLES.read_text(encoding="utf-8"))
