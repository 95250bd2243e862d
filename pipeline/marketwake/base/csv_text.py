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
    plain = _split(body)
    if plain is None:
        header, *lines = _read(source, where, body) or [[]]
    else:
        header, lines = plain.columns, []
    if sorted([*header, *optional.difference(header)]) != sorted(columns):
        raise SourceChangedError(
            source, where, f"the columns {', '.join(columns)}", ", ".join(header) or "an empty file"
        )
    if plain is not None:
        return plain
    for number, line in enumerate(lines, start=2):
        if len(line) != len(header):
            raise SourceChangedError(
                source, f"{where} line {number}", f"{len(header)} cells", str(len(line))
            )
    cells = {name: [line[i] or None for line in lines] for i, name in enumerate(header)}
    return pl.DataFrame(cells, schema=dict.fromkeys(header, pl.String))


def _split(body: bytes) -> pl.DataFrame | None:
    """The cells of a CSV in which nothing is quoted and every line as wide as the header: most are
    so, and are read ten times as fast. Null where it is not so.
    """
    first = body.partition(b"\n")[0]
    commas, lines = first.count(b","), body.count(b"\n") + (not body.endswith(b"\n"))
    if b'"' in body or b"\r" in body or not commas or body.count(b",") != commas * lines:
        return None
    try:
        body.decode()
        schema = dict.fromkeys(first.decode().split(","), pl.String)
        return pl.read_csv(body, has_header=False, skip_lines=1, schema=schema, quote_char=None)
    except (UnicodeDecodeError, pl.exceptions.PolarsError):
        return None


def _read(source: str, where: str, body: bytes) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(body.decode("utf-8"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceChangedError(source, where, "CSV in UTF-8", str(error)) from error
