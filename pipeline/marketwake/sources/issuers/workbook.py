"""The workbooks in which Grayscale and iShares publish a fund's days: shares outstanding and net
asset value per share (NAV).

    Grayscale, XLSX          sheet Daily Performance: Date, Shares Outstanding, NAV Per Share, AUM;
                             sheet Holdings: Name (BTC or ETH), ...
    iShares, XML of 2003     sheet Historical: As Of (Aug 05, 2026), NAV per Share, Ex-Dividends,
                             Shares Outstanding; sheet Holdings: the fund's name, the day as of

Columns are found by their headings. `--` or an empty cell is a figure that is not reported: the day
gives no row. An iShares workbook whose day is `-`, as on weekends, has nothing yet and gives none.
A day's NAV is of its own close, its shares are those after the session before (mart.etf_flow_issuer
computes flows so).

Whose file it is says the content where it can: the fund's name in iShares'; in Grayscale's the
asset, and days long before the launch of the smaller trust, which only the elder one has. Else its
name does, which must not contradict the content.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import polars as pl

from marketwake.base.errors import SourceChangedError
from marketwake.sources.issuers.funds import DATASET, Fund, funds
from marketwake.sources.issuers.sheets import Rows, read_sheets, sheet_names
from marketwake.sources.publisher_csv import SHOWN

COLUMNS = ("ticker", "dated_on", "shares_outstanding", "nav_usd", "net_assets_usd")
SHEETS = {"Grayscale": "Daily Performance", "iShares": "Historical"}
"""The sheet of days by publisher."""
HOLDINGS = "Holdings"
HEADINGS = {
    "Grayscale": ("date", "shares outstanding", "nav per share", "aum"),
    "iShares": ("as of", "shares outstanding", "nav per share"),
}
"""What stands above day, shares, NAV and, where it is printed, net assets; in small letters."""
AGREEING = 0.98
"""Of the days with net assets, how many must have shares x NAV of them, within a hundredth: else a
column is not what its heading says.
"""
_NOT_REPORTED = {"", "-", "--", "\u2013", "\u2014"}
_FORMS = ("%Y-%m-%d", "%b %d, %Y", "%m/%d/%Y", "%B %d, %Y", "%d-%b-%Y")
_COIN = re.compile(r"\b(?P<coin>bitcoin|ethereum)\b", re.IGNORECASE)
_ISHARES_NAME = re.compile(rf"iShares {_COIN.pattern} Trust(?: ETF)?", re.IGNORECASE)
_ASSETS = {"bitcoin": "BTC", "ethereum": "ETH"}
_DAY_0 = date(1899, 12, 30)
"""Days of a workbook are counted from here."""
_NEAR = timedelta(days=30)
"""Before a launch: the days on which a new fund was seeded."""


def is_workbook(body: bytes) -> bool:
    """Whether a file is a workbook of a fund's days, by its sheets. Never raises."""
    return bool({*SHEETS.values()} & sheet_names(body))


def parse_file(where: str, body: bytes) -> dict[str, pl.DataFrame]:
    """The rows of a workbook that somebody saved, by raw table. `where`: its name, which tells the
    fund where the content does not (GBTC.xlsx).

    Raises:
        SourceChangedError: as `read`, or nothing says which fund it is of, or name and content
            contradict each other.
    """
    return read("inbox", where, None, body)


def read(source: str, where: str, fund: Fund | None, body: bytes) -> dict[str, pl.DataFrame]:
    """The days of a fund's workbook, all columns as text; an impossible cell is handed on, so that
    the contract rejects its row alone. None is for a fund that the workbook or its name must tell.

    Raises:
        SourceChangedError: no such workbook, a missing heading, no day in it, another fund, or net
            assets that are not shares times NAV.
    """
    sheets = read_sheets(source, where, body, SHEETS.values(), [HOLDINGS])
    publisher = next((name for name, sheet in SHEETS.items() if sheet in sheets), None)
    if publisher is None:
        if fund and fund.publisher == "iShares" and _has_nothing_yet(sheets):
            return {DATASET: _frame([])}
        raise SourceChangedError(
            source,
            where,
            f"a sheet {' or '.join(SHEETS.values())}",
            ", ".join(sorted(sheet_names(body)))[:SHOWN] or "none",
        )
    days = _days(source, where, publisher, sheets[SHEETS[publisher]])
    if not days and not (publisher == "iShares" and _has_nothing_yet(sheets)):
        raise SourceChangedError(
            source, where, f"days in the sheet {SHEETS[publisher]}", "no row below its headings"
        )
    reported = [day for day in days if not {day[1], day[2]} & _NOT_REPORTED]
    dated = [day for text, *_ in reported if (day := _day(text))]
    if reported and not dated:
        raise SourceChangedError(source, where, "days like 2026-08-05", days[0][0][:SHOWN])
    _refuse_other_assets(source, where, reported)
    told = _told(publisher, sheets.get(HOLDINGS, []), is_asked=fund is not None)
    fund = _whose(source, where, publisher, fund, told, min(dated, default=None))
    return {DATASET: _frame([(fund.ticker, *day) for day in reported])}


def _days(source: str, where: str, publisher: str, rows: Rows) -> list[tuple[str, ...]]:
    """Day, shares, NAV and net assets as printed, of each row below the headings that has a day."""
    wanted = HEADINGS[publisher]
    lower = [[cell.lower() for cell in row] for row in rows]
    top = next((place for place, row in enumerate(lower) if set(wanted) <= set(row)), None)
    if top is None:
        raise SourceChangedError(
            source,
            f"{where} sheet {SHEETS[publisher]}",
            f"the headings {', '.join(wanted)}",
            " | ".join(rows[0] if rows else [])[:SHOWN] or "an empty sheet",
        )
    if any(lower[top].count(heading) > 1 for heading in wanted):
        raise SourceChangedError(source, where, "every heading once", " | ".join(rows[top])[:SHOWN])
    places = [lower[top].index(heading) for heading in wanted]
    below = ([_cell(row, place) for place in places] for row in rows[top + 1 :])
    return [
        (_iso(day), *map(_plain, [*figures, ""][:3]))
        for day, *figures in below
        if day not in _NOT_REPORTED
    ]


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def _plain(figure: str) -> str:
    return figure.replace(",", "").replace("$", "").strip()


def _iso(text: str) -> str:
    """A day in ISO form, also from the number that XLSX has for it; what is none stays as it was,
    so that the contract rejects that row.
    """
    if re.fullmatch(r"[3-9]\d{4}(?:\.\d*)?", text):
        return f"{_DAY_0 + timedelta(days=int(text[:5])):%Y-%m-%d}"
    day = re.sub(r"[ T]00:00:00(?:\.0+)?$", "", text)
    for form in _FORMS:
        try:
            return f"{datetime.strptime(day, form):%Y-%m-%d}"  # noqa: DTZ007
        except ValueError:
            continue
    return text


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _frame(rows: Sequence[tuple[str, ...]]) -> pl.DataFrame:
    table = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    return table.with_columns(pl.col("net_assets_usd").replace(dict.fromkeys(_NOT_REPORTED)))


def _has_nothing_yet(sheets: Mapping[str, Rows]) -> bool:
    """Whether the workbook says that it is of no day."""
    return any(
        row[0].lower().endswith("as of") and set(row[1:]) <= _NOT_REPORTED
        for row in sheets.get(HOLDINGS, [])
    )


def _refuse_other_assets(source: str, where: str, days: Sequence[tuple[str, ...]]) -> None:
    told = [day for day in days if all(map(_is_figure, day[1:]))]
    wrong = [
        day
        for day in told
        if abs(float(day[3]) - float(day[1]) * float(day[2])) > 0.01 * abs(float(day[3]))
    ]
    if len(wrong) > (1 - AGREEING) * len(told):
        day, shares, nav, assets = wrong[0]
        raise SourceChangedError(
            source,
            where,
            f"net assets that are shares x NAV on {AGREEING:.0%} of the days",
            f"{len(wrong)} of {len(told)} that are not, first {day}: {shares} x {nav}, {assets}",
        )


def _is_figure(text: str) -> bool:
    return re.fullmatch(r"-?\d{1,20}(?:\.\d{1,20})?(?:[eE][-+]?\d{1,2})?", text) is not None


def _whose(
    source: str,
    where: str,
    publisher: str,
    fund: Fund | None,
    told: str | None,
    first: date | None,
) -> Fund:
    """The fund that content and question, or else the file's name, agree on.

    `told`: the asset by the content, as `_told` gives it; `first`: the first day reported.
    """
    fitting = [
        each
        for each in funds().values()
        if each.publisher == publisher
        and told in (None, each.asset)
        and (each.was_trust or first is None or first >= each.launched_on - _NEAR)
    ]
    named = fund or _by_name(source, where, publisher)
    if named in fitting:
        return named
    if named is None and len(fitting) == 1:
        return fitting[0]
    expected = f"days of {named.ticker}" if named else "a ticker in the name, like GBTC.xlsx"
    may_be = " or ".join(each.ticker for each in fitting) or "another fund"
    raise SourceChangedError(source, where, expected, f"a workbook of {may_be}")


def _told(publisher: str, holdings: Rows, *, is_asked: bool) -> str | None:
    """The asset that the sheet of holdings tells of: empty for another fund than these, None where
    it tells of none.

    Of an answer to a question the coin in the fund's name is enough: funds are renamed, and the
    question was for its number. A file may be of any fund, and has its whole name.
    """
    if publisher == "iShares":
        titles = (re.sub("[\u00ae\u2122]", "", row[0]) for row in holdings)
        title = next((each for each in titles if each.lower().startswith("ishares")), None)
        if title is None:
            return None
        match = _COIN.search(title) if is_asked else _ISHARES_NAME.fullmatch(title)
        return _ASSETS[match["coin"].lower()] if match else ""
    names = [cell.lower() for cell in holdings[0]] if holdings else []
    if "name" not in names:
        return None
    held = {_cell(row, names.index("name")).upper() for row in holdings[1:]}
    return next((asset for asset in _ASSETS.values() if asset in held), None)


def _by_name(source: str, where: str, publisher: str) -> Fund | None:
    """The fund whose ticker, or whose publisher's word for it, is in a file's name."""
    words = {word.upper() for word in re.findall(r"[A-Za-z]+", where.rpartition(".")[0])}
    plain = where.lower()
    found = [
        fund
        for fund in funds().values()
        if fund.publisher == publisher
        and (
            fund.ticker in words
            or fund.document in plain
            or (publisher == "iShares" and f"{_coin(fund)}-trust" in plain.replace(" ", "-"))
        )
    ]
    if len(found) > 1:
        raise SourceChangedError(
            source, where, "a name with one ticker in it", ", ".join(each.ticker for each in found)
        )
    return found[0] if found else None


def _coin(fund: Fund) -> str:
    return next(coin for coin, asset in _ASSETS.items() if asset == fund.asset)
