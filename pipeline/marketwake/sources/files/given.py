"""A file that somebody gives: its bytes, its name, and what its place or its giver said of it.

A request names it as `<name>` or `<archive>.zip/<member>`, and behind that, where something was
said, as `BTC_USDT-1h.feather (venue Kraken)`: landing alone is enough to read it again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from statistics import mode

import polars as pl

from marketwake.base.errors import SourceChangedError

SOURCE = "inbox"
"""The source of what somebody gives, on its receipts."""
HEAD = 65_536
"""Bytes of a file that tell what it is."""
SHOWN = 120
"""Characters of what was found that an error quotes."""
_WHAT = re.compile(
    r"(?P<path>.+?)(?: \((?P<notes>(?:venue|folder|checksum|members) [^()]+)\))?", re.DOTALL
)
_COPY = re.compile(r" ?\(\d+\)(?=\.[^.]+$|$)")
_NUMBER = re.compile(r"-?\d+(\.\d*)?(e[-+]?\d+)?", re.IGNORECASE)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


def what_of(path: str, notes: Mapping[str, str]) -> str:
    """How a request names a file; `notes`: what was said, by kind."""
    said = ", ".join(f"{key} {value}" for key, value in notes.items())
    return f"{path} ({said})" if said else path


def path_of(what: str) -> str:
    """The name of a file in a request, without what was said of it."""
    match = _WHAT.fullmatch(what)
    return match["path"] if match else what


@dataclass(frozen=True)
class Given:
    """A file as its parser gets it; `asked_at` is the instant of reading it, UTC."""

    where: str
    body: bytes = field(repr=False)
    asked_at: datetime
    source: str = SOURCE

    @cached_property
    def _parts(self) -> re.Match[str]:
        match = _WHAT.fullmatch(self.where)
        if match is None:
            raise self.refused("a file with a name", "none")
        return match

    @cached_property
    def name(self) -> str:
        """Its name, or that of the member of an archive, without the `(1)` of a second download."""
        return _COPY.sub("", self._parts["path"].rsplit("/", 1)[-1])

    @cached_property
    def notes(self) -> Mapping[str, str]:
        """What was said of it: venue, folder, checksum, members."""
        said = self._parts["notes"]
        return dict(note.split(" ", 1) for note in said.split(", ") if " " in note) if said else {}

    @cached_property
    def folders(self) -> tuple[str, ...]:
        """The folders above it in an archive, the archive first."""
        return tuple(self._parts["path"].split("/")[:-1])

    @cached_property
    def text(self) -> bytes:
        """Its bytes as UTF-8 without a byte-order mark, with line feeds."""
        if self.body.startswith(_UTF16):
            return self.body.decode("utf-16", "replace").encode()
        text = self.body.removeprefix(_UTF8_MARK).lstrip(b"\r\n")
        # Carriage returns alone end the lines of old programs.
        text = text.replace(b"\r", b"\n") if b"\n" not in text else text
        return _without_last_comma(text)

    @cached_property
    def head(self) -> str:
        """Its beginning, as text."""
        return self.text[:HEAD].decode(errors="replace").lstrip()

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Its first lines that are not blank."""
        return tuple(line for line in self.head.splitlines()[:12] if line.strip())

    def member(self, name: str, body: bytes) -> "Given":
        """A file in this one, of which the same was said."""
        notes = {key: said for key, said in self.notes.items() if key in ("venue", "folder")}
        return Given(
            what_of(f"{self._parts['path']}/{name}", notes), body, self.asked_at, self.source
        )

    def line(self, number: int) -> str:
        """One of them, from 0; empty where there is none."""
        return self.lines[number] if number < len(self.lines) else ""

    def cells(self, number: int) -> list[str]:
        """The cells of one of its first lines, without quotes and padding."""
        line = self.line(number)
        return [cell.strip().strip('"').strip() for cell in line.split(separator(line))]

    @cached_property
    def numbers(self) -> list[str]:
        """The cells of the first line that has nothing else than numbers, as many as most such
        lines, of a file without a header; else none.
        """
        if not self.cells(0)[0].isdigit():
            return []
        rows = (self.cells(i) for i in range(len(self.lines)))
        found = [row for row in rows if all(map(_NUMBER.fullmatch, row))]
        usual = mode(map(len, found)) if found else 0
        return next((row for row in found if len(row) == usual), [])

    def refused(self, expected: str, found: str) -> SourceChangedError:
        """The error for a file that is something else than expected."""
        return SourceChangedError(self.source, self.where, expected, found)


def _without_last_comma(text: bytes) -> bytes:
    """A table without the empty last cells of a program that ends every line in a comma."""
    if not text.partition(b"\n")[0].rstrip().endswith(b","):
        return text
    lines = [line.rstrip() for line in text.split(b"\n")]
    if not all(line.endswith(b",") for line in lines if line):
        return text
    return b"\n".join(line[:-1] for line in lines)


def separator(line: str) -> str:
    """What separates the cells of a line: tab, semicolon or comma, whichever there are most of."""
    return max("\t;,", key=line.count) if line else ","


def part_widths(given: Given, width: int, header: int = -1) -> tuple[Given, dict[int, str]]:
    """A file without the lines behind its header (from 0 among those that are not blank) that have
    another number of cells than `width`: a decimal comma shifts what stands behind it. The others
    by their number, each with its beginning and its cells, for its row to be rejected under that.
    """
    mark = separator(given.line(max(header, 0)))
    lines = pl.Series([x for x in given.text.decode(errors="replace").split("\n") if x.strip()])
    if lines.is_empty():
        return given, {}
    cells = lines.str.count_matches(mark, literal=True) + 1
    odd = [i for i in (cells != width).arg_true() if i > header]
    if not odd:
        return given, {}
    named = {i: f"{lines[i][:SHOWN]!r} ({cells[i]} cells, not {width})" for i in odd}
    sound = lines.to_frame("line").with_row_index().filter(~pl.col("index").is_in(odd))["line"]
    return replace(given, body="\n".join(sound).encode()), named


def plain_figure(cell: pl.Expr) -> pl.Expr:
    """A figure without its marks of thousands, which part groups of three: 1,119.9. What has commas
    elsewhere stays as it stands, for the contract to reject: 4906,19 would become 490,619.
    """
    is_grouped = cell.str.contains(r"^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
    return pl.when(is_grouped).then(cell.str.replace_all(",", "")).otherwise(cell)


def read_table(given: Given, *, header: int | None, columns: int | None = None) -> pl.DataFrame:
    """Cells as text, named by the line `header` (from 0, in lower case), or column_1 and so on
    where it is None. A line that ends early has nulls; blank lines are left out.

    Raises:
        SourceChangedError: not UTF-8, no CSV, a column twice, or a line that is too wide.
    """
    line = given.line(header or 0)
    try:
        given.text.decode()
        table = pl.read_csv(
            given.text,
            separator=separator(line),
            has_header=header is not None,
            skip_lines=_line_number(given, header) if header else 0,
            infer_schema=False,
            columns=list(range(columns)) if columns else None,
        )
    except (UnicodeDecodeError, pl.exceptions.PolarsError) as error:
        said = str(error).splitlines()[0].removeprefix("found ")
        raise given.refused("CSV in UTF-8", said[:SHOWN]) from error
    names = [name.strip().strip('"').lower() for name in table.columns]
    if len(set(names)) < len(names):
        raise given.refused("every column once", ", ".join(names)[:SHOWN])
    table = table.rename(dict(zip(table.columns, names, strict=True)))
    table = table.with_columns(pl.all().str.strip_chars().replace("", None))
    return table.filter(~pl.all_horizontal(pl.all().is_null()))


def _line_number(given: Given, number: int) -> int:
    """Where one of the lines that are not blank stands among all."""
    lines = given.text[:HEAD].decode(errors="replace").splitlines()
    return [i for i, line in enumerate(lines) if line.strip()][number]
