"""Reading one of Farside's pages, from its site or saved in a browser.

A page holds one `<table class="etf">`. Above its first day stand header rows: a single one (`Date`,
tickers, `Total`), or several (issuers as logos or names with `Total` at the end; tickers, between
blanks; `Fee` and the fees). Columns are found by what these rows say, never by their position. The
site answers some clients with a challenge page of status 200: it has no such table.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl
from lxml import etree, html  # type: ignore[import-untyped]

from marketwake.base.errors import SourceChangedError
from marketwake.sources.farside.table import (
    DAY,
    FIGURE,
    NOT_SESSIONS,
    flow_frames,
    known_tickers,
    plain,
    refuse_future,
)
from marketwake.sources.publisher_csv import SHOWN

_DATED = re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4}")
_TICKER = re.compile(r"[A-Z][A-Z0-9.]{1,7}")
_FIGURE = re.compile(FIGURE)
_COMPLETE = re.compile(rb"<table[^>]*\betf\b.*</table", re.DOTALL | re.IGNORECASE)


def read_page(
    source: str, where: str, asset: str, body: bytes, requested_at: datetime
) -> dict[str, pl.DataFrame]:
    """Flows per fund and the published totals of one asset's page, as it stood at the instant
    `requested_at`. One strange cell refuses the page.

    Raises:
        SourceChangedError: no table or half of one (a challenge page, a cut-off answer), an unknown
            header, funds of another asset, a row of another width, a date or figure that is none,
            or figures for a day to come.
    """
    rows = _rows(source, where, body)
    first = next(
        (
            i
            for i, row in enumerate(rows)
            if any(_DATED.fullmatch(cell) or cell == "Seed" for cell in row)
        ),
        None,
    )
    if not first:
        raise SourceChangedError(
            source,
            where,
            "header rows, then rows dated like 06 Jul 2026",
            _shown(rows[0] if rows else []),
        )
    names = _names(source, where, asset, rows[:first])
    for row in rows[first:]:
        if len(row) != len(names):
            raise SourceChangedError(
                source,
                f"{where} row '{row[0]}'",
                f"{len(names)} cells",
                f"{len(row)}: {_shown(row)}",
            )
    table = pl.DataFrame(
        dict(zip(names, zip(*rows[first:], strict=True), strict=True)),
        schema=dict.fromkeys(names, pl.String),
    )
    _refuse_strange_cells(source, where, table)
    _refuse_disorder(source, where, table)
    flows = flow_frames(asset, table.with_columns(pl.all().replace("", None)))
    return refuse_future(source, where, flows, requested_at)


def _rows(source: str, where: str, body: bytes) -> list[list[str]]:
    """Cells of the table's rows as a reader sees them, without footnotes, white space folded (NBSP
    too); without rows that have no text.
    """
    expected = 'a page with one <table class="etf">'
    try:
        page = html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
    except etree.LxmlError as error:
        raise SourceChangedError(source, where, expected, str(error)) from error
    tables = page.xpath("//table[contains(concat(' ', normalize-space(@class), ' '), ' etf ')]")
    if len(tables) != 1:
        title = " ".join(page.xpath("string(//title)").split()) or " ".join(
            page.text_content().split()
        )
        raise SourceChangedError(
            source, where, expected, f"{len(tables)} of them on the page '{title[:SHOWN]}'"
        )
    if not _COMPLETE.search(body):
        raise SourceChangedError(
            source, where, f"{expected}, complete", f"{len(body)} bytes that end before </table>"
        )
    # A footnote's number would be one digit more of the figure that it stands beside.
    for unseen in [element for element in tables[0].iter() if _is_unseen(element)]:
        if unseen.tag in {"td", "th"}:
            unseen.clear()  # the columns beside it stay where they are
        else:
            unseen.drop_tree()
    rows = [
        [plain(" ".join(cell.text_content().split())) for cell in row.xpath("./th|./td")]
        for row in tables[0].iter("tr")
    ]
    return [row for row in rows if any(row)]


def _is_unseen(element: Any) -> bool:  # noqa: ANN401 - lxml has no types
    """Whether it is a footnote, or a browser does not show it."""
    # A comment has none, whatever is to stand for it.
    style = (element.get("style") or "").replace(" ", "").lower()
    return (
        element.tag == "sup"
        or "hidden" in element.attrib
        or "display:none" in style
        or "visibility:hidden" in style
    )


def _names(source: str, where: str, asset: str, header: Sequence[Sequence[str]]) -> list[str]:
    """`Date`, a ticker or `Total` per column: from the row of tickers, and where that is blank from
    the other header rows.
    """
    tickers = [row for row in header if not known_tickers(asset).isdisjoint(row)]
    if len(tickers) != 1 or len({len(row) for row in header}) > 1:
        raise SourceChangedError(
            source,
            f"{where} header",
            f"one row of {asset} funds among rows of one width",
            _shown(*header),
        )
    names = []
    for column, ticker in zip(zip(*header, strict=True), tickers[0], strict=True):
        said = {cell for cell in column if cell}
        if said <= {"Date", "Fee"}:
            names.append("Date")
        elif said == {"Total"}:
            names.append("Total")
        elif _TICKER.fullmatch(ticker) and not said & {"Date", "Total", "Fee"}:
            names.append(ticker)
        else:
            raise SourceChangedError(
                source, f"{where} header", "a ticker, Date or Total", _shown(sorted(said))
            )
    if names.count("Date") != 1 or names.count("Total") != 1 or len(set(names)) < len(names):
        raise SourceChangedError(
            source, f"{where} header", "one Date, one Total, and every fund once", _shown(names)
        )
    for row in header:
        # A day that is not dated as usual would else pass for a header.
        if row[names.index("Date")] != "Fee" and any(_FIGURE.fullmatch(cell) for cell in row):
            raise SourceChangedError(
                source, f"{where} header", "no figures above the first day", _shown(row)
            )
    return names


def _refuse_strange_cells(source: str, where: str, table: pl.DataFrame) -> None:
    days = table.filter(pl.col("Date").is_in(NOT_SESSIONS).not_())
    undated = days.filter(pl.col("Date").str.to_date(DAY, strict=False).is_null())["Date"]
    if len(undated):
        raise SourceChangedError(
            source,
            where,
            f"a day like 06 Jul 2026 or one of {', '.join(NOT_SESSIONS)}",
            f"'{undated[0]}'",
        )
    for row in days.iter_rows(named=True):
        for name, cell in row.items():
            if name != "Date" and cell not in ("", "-") and not _FIGURE.fullmatch(cell):
                raise SourceChangedError(
                    source,
                    f"{where} {row['Date']} {name}",
                    "a figure like 9.7, (44.5), 1,119.9 or -",
                    f"'{cell[:SHOWN]}'",
                )


def _refuse_disorder(source: str, where: str, table: pl.DataFrame) -> None:
    """A day out of its order is a day mistyped."""
    days = table.filter(pl.col("Date").is_in(NOT_SESSIONS).not_())["Date"].str.to_date(DAY)
    late = days.filter((days.diff().dt.total_days() < 0).fill_null(value=False))
    if len(late):
        raise SourceChangedError(
            source, where, "days in order", f"{late[0]:{DAY}} after a later one"
        )


def _shown(*rows: Sequence[str]) -> str:
    return " / ".join(" | ".join(row) for row in rows)[:SHOWN] or "none"
