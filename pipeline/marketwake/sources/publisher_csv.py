"""CSV files as publishers write them: further columns, a byte-order mark and padding are let pass,
a missing column is not.
"""

import csv
from codecs import BOM_UTF8
from collections.abc import Sequence

import polars as pl

from marketwake.base.csv_text import read_csv_text
from marketwake.base.errors import SourceChangedError

SHOWN = 160
"""Characters of a found header that an error quotes: what came may be a web page."""


def read_published(
    where: str, body: bytes, required: Sequence[str], source: str = "archive"
) -> pl.DataFrame:
    """All columns as text, in file order, padding removed; an empty cell is null. Errors name
    `source` and `where`.

    Raises:
        SourceChangedError: not UTF-8, not CSV, a required column missing, a column named twice, or
            a line of another width.
    """
    text = body.removeprefix(BOM_UTF8).strip()
    try:
        header = next(csv.reader([text.split(b"\n", 1)[0].decode(errors="replace")]), [])
    except csv.Error as error:
        raise SourceChangedError(source, where, "CSV in UTF-8", str(error)) from error
    if not set(required) <= set(header) or len(set(header)) < len(header):
        found = ", ".join(header)[:SHOWN] or "an empty file"
        raise SourceChangedError(source, where, f"the columns {', '.join(required)}", found)
    table = read_csv_text(source, where, text, header)
    return table.with_columns(pl.all().str.strip_chars().replace("", None))


def day_text(cell: pl.Expr, pattern: str) -> pl.Expr:
    """Dates written as `pattern` in ISO form; what is no date stays as it was, so that the contract
    rejects that row alone.
    """
    return pl.coalesce(cell.str.to_date(pattern, strict=False).dt.to_string("%Y-%m-%d"), cell)
