"""The workbooks of Grayscale and iShares, in the forms that were seen in autumn 2026: Grayscale's
XLSX out of a store of Amazon's, iShares' XML of Excel 2003 with its bare `&`.

Constructed for tests, and nobody's: NAV told by the day alone, shares that begin at a billion and
move with the recorded or bundled flows, so that shares times NAV give these back but for one share.
A day's row has its NAV and the shares after the session before; it appears at 05:00 UTC of the next
day. The elder trusts have days from before their listing.
"""

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import ClassVar, NamedTuple
from xml.sax.saxutils import escape

from marketwake.calendars.sessions import xnys_days
from marketwake.sources.issuers.funds import Fund, funds
from tests.support.servers.core import Ask, Limit, Response, Venue, html_response, register
from tests.support.servers.farside import read_rows

FIRST_SHARES = 1_000_000_000
BEFORE_LISTING = (date(2023, 12, 28), date(2023, 12, 29))
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_EPOCH = date(1899, 12, 30)
"""Day 0 of a workbook."""


class Day(NamedTuple):
    """A row of a fund's workbook; None where the issuer prints `--`."""

    dated_on: date
    shares: int | None
    nav: float | None


def nav_of(day: date) -> float:
    """A made-up NAV, told by the day alone: 40 to 60 US dollars, and moving by one a day."""
    return round(50 + abs(day.toordinal() % 40 - 20) - 10 + day.toordinal() % 7 / 1000, 6)


@cache
def days(recorded: Path | None, ticker: str) -> tuple[Day, ...]:
    """All days of a fund, oldest first."""
    fund = funds()[ticker]
    _, rows, _ = read_rows(recorded, fund.asset)
    flows = {row.day: row.flows.get(ticker) for row in rows if row.day >= fund.launched_on}
    sessions = [day for day in xnys_days() if min(flows) <= day <= max(flows)]
    shares, told = FIRST_SHARES, list[Day]()
    for day in (*(BEFORE_LISTING if fund.was_trust else ()), *sessions):
        told.append(Day(day, shares, nav_of(day)))
        shares += round((flows.get(day) or 0.0) * 1e6 / nav_of(day))
    return tuple(told)


def shown_at(recorded: Path | None, ticker: str, now: datetime) -> list[Day]:
    """The days that a fund's workbook has at an instant, newest first."""
    five = [
        day
        for day in days(recorded, ticker)
        if now >= datetime.combine(day.dated_on + timedelta(days=1), time(5), UTC)
    ]
    return five[::-1]


def bend_days(shown: list[Day], bend: str | None) -> list[Day]:
    """The days with one fault of content in the newest."""
    newest, *others = shown
    if bend == "duplicate":
        return [newest, *shown]
    if bend == "out_of_order":
        return shown[::-1]
    if bend == "short_page":
        return shown[:3]
    if bend == "gap":
        return [newest, *others[1:]]
    if bend == "restated":
        return [newest._replace(nav=round((newest.nav or 0) * 1.01, 6)), *others]
    return [] if bend == "empty" else shown


def grayscale_workbook(
    asset: str, shown: Sequence[Day], nav_heading: str = "NAV Per Share"
) -> bytes:
    """The XLSX of a fund's days; the same bytes for the same days."""
    table = [
        ("Date", "Shares Outstanding", nav_heading, "AUM"),
        *((day, shares, nav, (shares or 0) * (nav or 0)) for day, shares, nav in shown),
    ]
    holdings = [("Date", "Name", "Asset/Share"), (shown[0].dated_on, asset, 0.00078)]
    return xlsx({"Daily Performance": table, "Holdings": holdings})


def xlsx(sheets: dict[str, Sequence[Sequence[object]]]) -> bytes:
    """A workbook, by hand so that its bytes do not tell when it was made; style 1 is a day."""
    numbers = range(1, len(sheets) + 1)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in zip(numbers, sheets, strict=True)
    )
    related = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATED}/worksheet" '
        f'Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="application/vnd.'
        'openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for number in numbers
    )
    members = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
        f"{kinds}</Types>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_RELATED}"><sheets>{listed}'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{related}'
        f'<Relationship Id="rId9" Type="{_RELATED}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_SHEET}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
    } | {
        f"xl/worksheets/sheet{number}.xml": f'<worksheet xmlns="{_SHEET}"><sheetData>'
        f"{''.join(map(_row, table))}</sheetData></worksheet>"
        for number, table in zip(numbers, sheets.values(), strict=True)
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _row(cells: Sequence[object]) -> str:
    return f"<row>{''.join(map(_cell, cells))}</row>"


def _cell(cell: object) -> str:
    if isinstance(cell, date):
        return f'<c s="1"><v>{(cell - _EPOCH).days}</v></c>'
    if isinstance(cell, str):
        return f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    return "<c/>" if cell is None else f"<c><v>{cell}</v></c>"


def ishares_workbook(title: str, shown: Sequence[Day], nav_heading: str = "NAV per Share") -> bytes:
    """The XML of a fund's days. Without days it is of no day, as on some weekends."""
    as_of = f"{shown[0].dated_on:%b %d, %Y}" if shown else "-"
    table = [
        ("As Of", nav_heading, "Ex-Dividends", "Shares Outstanding", "Non-FV NAV"),
        *(
            (f"{day:%b %d, %Y}", "--" if nav is None else f"{nav:.6f}", "--", shares or "--", "--")
            for day, shares, nav in shown
        ),
    ]
    notes = (
        '<ss:Row><ss:Cell ss:HRef="https://www.ishares.com/us?type=etf&view=all">'
        '<ss:Data ss:Type="String">S&P & others</ss:Data></ss:Cell></ss:Row>'
    )
    holdings = [("22-Aug-2025",), (title,), ("Fund Holdings as of", as_of), ("Ticker", "Name")]
    sheets = {
        "Disclaimers": notes,
        "Holdings": "".join(map(_old_row, holdings)) + notes,
        "Historical": "".join(map(_old_row, table)),
        "Distributions": _old_row(("Ex-Date", "Total Distribution")),
    }
    body = "".join(
        f'<ss:Worksheet ss:Name="{name}"><ss:Table>{rows}</ss:Table></ss:Worksheet>'
        for name, rows in sheets.items()
        if shown or name != "Historical"
    )
    return (
        '\ufeff<?xml version="1.0"?>\n<ss:Workbook '
        f'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">{body}</ss:Workbook>\n'
    ).encode()


def _old_row(cells: Sequence[object]) -> str:
    told = "".join(
        f'<ss:Cell ss:StyleID="Left"><ss:Data ss:Type="'
        f'{"String" if isinstance(cell, str) else "Number"}">{cell}</ss:Data></ss:Cell>'
        for cell in cells
    )
    return f"<ss:Row>{told}</ss:Row>"


TITLES = {"IBIT": "iShares Bitcoin Trust ETF", "ETHA": "iShares Ethereum Trust ETF"}


@register
class Issuers(Venue):
    """Both sites under one address: their paths differ. Who passes for a browser gets 403; a 404
    ordered is the store that says that it does not exist; the address that iShares has left
    answers with a web page as text/csv under 200.
    """

    name = "issuers"
    limit = Limit(per_second=2, burst=12)
    bends = frozenset(
        {"duplicate", "out_of_order", "short_page", "restated", "gap", "renamed_column", "empty"}
    )
    _LEFT: ClassVar[str] = ".ajax"

    def handle(self, ask: Ask) -> Response:
        """A workbook as it stands at `ask.now`."""
        if "Mozilla" in ask.headers.get("user-agent", ""):
            return self.refuse(403)
        if ask.path.endswith(self._LEFT):
            page = html_response("<!DOCTYPE html><html><title>iShares</title></html>")
            return Response(200, {"Content-Type": "text/csv"}, page.body)
        fund = next((fund for fund in funds().values() if _is_of(fund, ask)), None)
        if fund is None:
            return _store_error(403, "AccessDenied")
        shown = bend_days(shown_at(self.recorded, fund.ticker, ask.now), ask.bend)
        if fund.publisher == "Grayscale":
            heading = "Net Asset Value" if ask.bend == "renamed_column" else "NAV Per Share"
            kind = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            body = grayscale_workbook(fund.asset, shown, heading)
        else:
            heading = "Price" if ask.bend == "renamed_column" else "NAV per Share"
            kind = "vnd.ms-excel"
            begin = min(day.dated_on for day in shown) if shown else date.min
            unborn = [Day(begin - timedelta(days=back), None, None) for back in (1, 2) if shown]
            body = ishares_workbook(TITLES[fund.ticker], [*shown, *unborn], heading)
        return Response(200, {"Content-Type": f"application/{kind}"}, body)

    def can_bend(self, path: str, kind: str) -> bool:
        """Only iShares' workbook is ever of no day."""
        return kind != "empty" or path.startswith("/varnish-api/")

    def refuse(self, status: int) -> Response:
        """The store's own word."""
        codes = {404: "NoSuchBucket", 403: "Forbidden", 503: "SlowDown"}
        return _store_error(status, codes.get(status, "InternalError"))


def _is_of(fund: Fund, ask: Ask) -> bool:
    return ask.path == fund.path and all(
        ask.query.get(name) == value for name, value in fund.params.items()
    )


def _store_error(status: int, code: str) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'
    return Response(status, {"Content-Type": "application/xml"}, text.encode())
