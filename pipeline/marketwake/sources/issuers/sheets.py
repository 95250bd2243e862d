"""Sheets of a workbook as rows of text: XLSX, and the XML that Excel 2003 wrote (SpreadsheetML),
which iShares publishes as `.xls`.

SpreadsheetML comes with faults that an XML parser refuses (a bare `&` in a link or a name), so each
sheet is cut out and mended by itself, and what is wrong elsewhere does not matter. Of XLSX the
wanted sheets alone are unpacked, without formats: a day is then the number of it. (openpyxl would
unpack all, and warn of what it does not know, which threads cannot silence one by one.)

A workbook comes from outside: what it unpacks to is bounded, and one that declares entities is
refused.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from marketwake.base.errors import SourceChangedError
from marketwake.base.zips import DAMAGE

Rows = list[list[str]]
"""Rows that hold anything, cells as text, stripped; an empty cell is an empty text."""

LARGEST = 64 * 2**20
"""Bytes of a workbook, unpacked: twenty times the largest that an issuer publishes."""
MOST_ROWS = 20_000
"""Of a sheet: half a century of sessions, and as much again."""
_MOST_COLUMNS = 200
_NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_BOOK = "xl/workbook.xml"
_SHEET_NAME = re.compile(rb'<(?:\w+:)?sheet\b[^>]*?\bname="([^"]*)"')
_BARE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_DECLARED = (b"<!DOCTYPE", b"<!ENTITY")
_BROKEN = (*DAMAGE, OSError, etree.XMLSyntaxError)
"""What zipfile and the XML parser raise on altered bytes."""


def is_xlsx(body: bytes) -> bool:
    """Whether it begins as an XLSX workbook does, or any other archive."""
    return body.startswith(b"PK\x03\x04")


def is_spreadsheetml(body: bytes) -> bool:
    """Whether it begins as the XML of Excel 2003 does."""
    return _NAMESPACE.encode() in body[:4096]


def sheet_names(body: bytes) -> frozenset[str]:
    """The names of its sheets; none where it is no workbook, or too damaged to tell."""
    if is_spreadsheetml(body):
        found = re.findall(rb'<(?:\w+:)?Worksheet\b[^>]*?\bName="([^"]*)"', body)
    elif is_xlsx(body):
        try:
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                if archive.getinfo(_BOOK).file_size > LARGEST:
                    return frozenset()
                found = _SHEET_NAME.findall(archive.read(_BOOK))
        except _BROKEN:
            return frozenset()
    else:
        found = []
    return frozenset(name.decode(errors="replace") for name in found)


def read_sheets(
    source: str, where: str, body: bytes, names: Collection[str], glanced_at: Collection[str]
) -> Mapping[str, Rows]:
    """The sheets of these names that it has, by name. In those that are only `glanced_at` the XML
    of 2003 may be broken: what can be read of it is.

    Raises:
        SourceChangedError: neither form of a workbook, one that is damaged or would unpack to more
            than LARGEST or MOST_ROWS, counts days from 1904, or declares XML entities.
    """
    if is_spreadsheetml(body):
        _refuse_size(source, where, len(body))
        _refuse_entities(source, where, body)
        return {
            name: rows
            for name in (*names, *glanced_at)
            if (rows := _old_rows(source, where, body, name, mend=name in glanced_at)) is not None
        }
    if is_xlsx(body):
        try:
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                return dict(_new_sheets(source, where, archive, {*names, *glanced_at}))
        except _BROKEN as error:
            raise SourceChangedError(
                source, where, "an XLSX workbook", f"{type(error).__name__}: {error}"
            ) from error
    shown = " ".join(body[:160].decode(errors="replace").split()) or "nothing"
    raise SourceChangedError(source, where, "a workbook, XLSX or XML of Excel 2003", shown)


def _refuse_size(source: str, where: str, size: int) -> None:
    if size > LARGEST:
        raise SourceChangedError(
            source, where, f"a workbook that unpacks to at most {LARGEST} bytes", f"{size}"
        )


def _refuse_entities(source: str, where: str, xml: bytes) -> None:
    # In UTF-16 every other byte of these words would be a zero.
    if b"\0" in xml or any(word in xml for word in _DECLARED):
        raise SourceChangedError(
            source, where, "XML in UTF-8 without a document type", "one that declares entities"
        )


def _parsed(xml: bytes | str, *, mend: bool = False) -> Any:  # noqa: ANN401 - lxml has no types
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=mend)
    return etree.fromstring(xml, parser)


def _new_sheets(
    source: str, where: str, archive: zipfile.ZipFile, names: Collection[str]
) -> Iterator[tuple[str, Rows]]:
    # No member gives more than it declares: zipfile stops there.
    _refuse_size(source, where, sum(member.file_size for member in archive.infolist()))

    def member(name: str) -> Any:  # noqa: ANN401 - lxml has no types
        xml = archive.read(name)
        _refuse_entities(source, where, xml)
        return _parsed(xml)

    related = {
        part.get("Id"): posixpath.normpath(posixpath.join("/xl", part.get("Target", "")))[1:]
        for part in member("xl/_rels/workbook.xml.rels").iter("{*}Relationship")
    }
    strings = [path for path in related.values() if path.endswith("sharedStrings.xml")]
    shared = (
        ["".join(text.itertext("{*}t")) for text in member(strings[0]).iter("{*}si")]
        if strings
        else []
    )
    book = member(_BOOK)
    if any(each.get("date1904") in ("1", "true") for each in book.iter("{*}workbookPr")):
        raise SourceChangedError(source, where, "days counted from 1900", "1904")
    for sheet in book.iter("{*}sheet"):
        title = " ".join(sheet.get("name", "").split())
        if title in names:
            key = next(name for name in sheet.keys() if name.endswith("}id"))  # noqa: SIM118 - not a dict
            rows = member(related[sheet.get(key)]).iter("{*}row")
            yield title, _bounded(source, where, (_new_cells(row, shared) for row in rows))


def _new_cells(row: Any, shared: list[str]) -> list[str]:  # noqa: ANN401 - lxml has no types
    cells: list[str] = []
    for cell in row.iterchildren("{*}c"):
        letters = re.match("[A-Z]{1,3}", cell.get("r", ""))
        if letters:
            place = 0
            for letter in letters[0]:
                place = 26 * place + ord(letter) - ord("A") + 1
            _leave_out(cells, place)
        text = "".join(cell.itertext("{*}v", "{*}t"))
        if cell.get("t") == "s":
            text = shared[int(text)]
        cells.append(" ".join(text.split()))
    return cells


def _leave_out(cells: list[str], place: int) -> None:
    """Empty cells up to a place, from 1, which is the next."""
    if place <= _MOST_COLUMNS:
        cells += [""] * (place - 1 - len(cells))


def _old_rows(source: str, where: str, body: bytes, name: str, *, mend: bool) -> Rows | None:
    """The rows of a sheet of SpreadsheetML; None where there is no such sheet."""
    opening = rb'<(?:\w+:)?Worksheet\b[^>]*?\bName="' + re.escape(name.encode()) + rb'"[^>]*>'
    begin = re.search(opening, body)
    if begin is None:
        return None
    end = re.compile(rb"</(?:\w+:)?Worksheet>").search(body, begin.end())
    if end is None:
        raise SourceChangedError(
            source, where, f"the whole sheet {name}", f"{len(body)} bytes that end within it"
        )
    text = _BARE.sub(b"&amp;", body[begin.end() : end.start()]).decode(errors="replace")
    spaces = f'xmlns="{_NAMESPACE}" xmlns:ss="{_NAMESPACE}"'
    try:
        sheet = _parsed(f"<sheet {spaces}>{text}</sheet>", mend=mend)
    except etree.XMLSyntaxError as error:
        raise SourceChangedError(source, f"{where} sheet {name}", "XML", str(error)) from error
    return _bounded(source, where, (_old_cells(row) for row in sheet.iter(f"{{{_NAMESPACE}}}Row")))


def _old_cells(row: Any) -> list[str]:  # noqa: ANN401 - lxml has no types
    cells: list[str] = []
    for cell in row.iter(f"{{{_NAMESPACE}}}Cell"):
        place = cell.get(f"{{{_NAMESPACE}}}Index", "")
        if place.isdecimal() and len(place) <= 3:
            _leave_out(cells, int(place))
        cells.append(" ".join("".join(cell.itertext()).split()))
    return cells


def _bounded(source: str, where: str, rows: Iterator[list[str]]) -> Rows:
    kept: Rows = []
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise SourceChangedError(
                source, where, f"a sheet of at most {MOST_ROWS} rows", "more of them"
            )
        if any(row):
            kept.append(row)
    return kept
