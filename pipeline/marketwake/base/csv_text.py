"""CSV as text: every cell a string, every line as wide as the header. Types are the contract's
business.
"""

import csv
import io

import polars as pl

from marketwake.base.errors import SourceChangedError


def read_csv_text(
    source: str,
    where: str,
    body: bytes,
    columns: list[str],
    optional: frozenset[str] = frozenset(),
) -> pl.DataFrame:
    """Cells of a UTF-8 CSV with a header line, as strings; an empty cell is null.

    Raises:
        SourceChangedError: not UTF-8, other columns than `columns` (in any order, those that are
            `optional` or not), or a line of another width, named by its number.
    """
    try:
        lines = list(csv.reader(io.StringIO(body.decode("utf-8"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceChangedError(source, where, "CSV in UTF-8", str(error)) from error
    header = lines[0] if lines else []
    if sorted([*header, *optional.difference(header)]) != sorted(columns):
        raise SourceChangedError(
            source, where, f"the columns {', '.join(columns)}", ", ".join(header) or "an empty file"
        )
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(header):
            raise SourceChangedError(
                source, f"{where} line {number}", f"{len(header)} cells", str(len(line))
            )
    cells = {name: [line[i] or None for line in lines[1:]] for i, name in enumerate(header)}
    return pl.DataFrame(cells, schema=dict.fromkeys(header, pl.String))
