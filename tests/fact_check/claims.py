"""A claim file to write, and what was judged to look into."""

from pathlib import Path
from typing import Any

import duckdb

HEADER = """-- One row per definition.
-- claim: z01
-- event: eo-401k
-- article: A
-- statement: two and two make four
-- stated: 4
-- unit: ratio
--
-- part: arithmetic: the sum is four
-- main: sum: sum of the two
-- reason: The sum is
--   {sum}.
"""
SELECT = """select 'sum' as definition, null as anchor, 'Coinbase' as venue, 2.0 + 2.0 as value,
    null as low, null as high, 'ratio' as unit, 'yes' as vote, null as note
"""


def write(folder: Path, text: str, name: str = "z01") -> Path:
    """A claim file."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.sql"
    path.write_text(text, encoding="utf-8")
    return path


def rows(
    con: duckdb.DuckDBPyConnection, claim: str, definition: str = "%", **where: str | None
) -> list[dict[str, Any]]:
    """Figures of a claim whose definition is like `definition`, as dicts of mart.claim_figure."""
    cursor = con.execute(
        "select * from mart.claim_figure where claim = ? and definition like ? order by ordinal",
        [claim, definition],
    )
    names = [column[0] for column in cursor.description or []]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [row for row in found if all(row[name] == value for name, value in where.items())]


def only(
    con: duckdb.DuckDBPyConnection, claim: str, definition: str = "%", **where: str | None
) -> dict[str, Any]:
    """The one figure that is meant."""
    (row,) = rows(con, claim, definition, **where)
    return row
