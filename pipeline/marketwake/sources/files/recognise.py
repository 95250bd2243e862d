"""What a file is, by its content first, and by its name for what content lacks: one table, of which
the first line that fits is taken.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import polars as pl

from marketwake.base.csv_text import read_csv_text
from marketwake.sources.farside import source as farside
from marketwake.sources.farside import table as farside_table
from marketwake.sources.files import (
    binance_archive,
    cryptodatadownload,
    fedwatch,
    flow_table,
    freqtrade,
    kraken_ohlcvt,
    refusals,
    yahoo_csv,
)
from marketwake.sources.files.given import SHOWN, SOURCE, Given
from marketwake.sources.files.xlsx import is_workbook, read_xlsx_cells, read_xlsx_text
from marketwake.sources.issuers import workbook
from marketwake.warehouse.contracts import read_contracts

Read = Callable[[Given], dict[str, pl.DataFrame]]
RAW = re.compile(r"(?P<table>[a-z_]+)(?:-.*)?\.(?P<kind>csv|xlsx)", re.IGNORECASE)
"""Our own form: the name of a raw table."""
FARSIDE = re.compile(r"farside_(?P<asset>btc|eth)(?:[-_].*)?\.(?P<kind>csv|html?)", re.IGNORECASE)
ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Form:
    """A form of file: what it is, how it is told, and how it is read."""

    what: str
    fits: Callable[[Given], bool]
    read: Read


def recognise(given: Given) -> Form:
    """The form that a file has.

    Raises:
        SourceChangedError: it has none that is known.
    """
    form = next((form for form in FORMS if form.fits(given)), None)
    if form:
        return form
    tables = f"<table>[-anything].csv or .xlsx with a table of {', '.join(read_contracts('raw'))}"
    raise given.refused(
        f"a file named {tables}, FedMeeting_<YYYYMMDD>.csv, or farside_<btc|eth>[_anything].csv "
        "or .html, or one that is known by its content (docs/files.md)",
        "another name or type",
    )


def read(given: Given) -> dict[str, pl.DataFrame]:
    """The rows of a file, by raw table.

    Raises:
        SourceChangedError: it is not what its checksum says, has no known form, a form that is not
            loaded, or another layout than its form has.
    """
    told, found = given.notes.get("checksum"), sha256(given.body).hexdigest()
    if told and told != found:
        raise given.refused(
            f"SHA-256 {told}, as its .CHECKSUM says", f"{found}: download both again"
        )
    return recognise(given).read(given)


def _is_raw(given: Given) -> bool:
    name = RAW.fullmatch(given.name)
    return name is not None and name["table"].lower() in read_contracts("raw")


def _read_raw(given: Given) -> dict[str, pl.DataFrame]:
    name = RAW.fullmatch(given.name)
    if name is None:
        raise given.refused("the name of a raw table", given.name)
    contract = read_contracts("raw")[name["table"].lower()]
    columns = {column.name: column for column in contract.columns}
    if name["kind"].lower() == "xlsx":
        frame = read_xlsx_text(SOURCE, given.where, given.body, columns)
    else:
        body = given.text.strip()
        frame = read_csv_text(SOURCE, given.where, body, list(columns), contract.optional)
    frame = frame.with_columns(pl.all().str.strip_chars().replace("", None))
    return {contract.table.removeprefix("raw."): frame}


def _is_farside(given: Given) -> bool:
    """Farside's own commas or its page, of the asset that the name says."""
    name = FARSIDE.fullmatch(given.name)
    return name is not None and (
        name["kind"].lower() != "csv" or {"Date", "Total"} & set(given.line(0).split(",")) != set()
    )


def _read_farside(given: Given) -> dict[str, pl.DataFrame]:
    name = FARSIDE.fullmatch(given.name)
    asset = name["asset"].upper() if name else ""
    if name and name["kind"].lower() != "csv":
        return farside.read_page(SOURCE, given.where, asset, given.body, given.asked_at)
    flows = farside_table.read_csv(SOURCE, given.where, asset, given.body)
    return farside_table.refuse_future(SOURCE, given.where, flows, given.asked_at)


def _is_flow_sheet(given: Given) -> bool:
    return given.body.startswith(ZIP) and is_workbook(given.body)


def _read_flow_sheet(given: Given) -> dict[str, pl.DataFrame]:
    return flow_table.read_rows(given, read_xlsx_cells(SOURCE, given.where, given.body))


def _is_zip(given: Given) -> bool:
    return given.body.startswith(ZIP)


def _refuse_members(given: Given) -> dict[str, pl.DataFrame]:
    raise given.refused(
        "members that are bars of a market of the settings, like XBTUSD_60.csv; "
        "`marketwake load --symbol SOL/USD --interval 1h FILE` chooses others",
        f"{given.head[:SHOWN]!r}",
    )


def _refuse_zip(given: Given) -> dict[str, pl.DataFrame]:
    if binance_archive.member_names(given.body):
        raise given.refused("a sheet saved as .xlsx or .csv", "another document or archive")
    raise given.refused("a ZIP that can be read, with files of known forms", "a damaged one")


def _refuse_plain(given: Given) -> dict[str, pl.DataFrame]:
    symbol = yahoo_csv.symbol_in(given.name)
    raise given.refused(
        "an index or a fund by its name, like ^GSPC.csv, or a venue's bars as spot_bar-....csv",
        f"'{symbol}': bars of nobody knows whom",
    )


def _refusing(refusal: refusals.Refusal) -> Form:
    def refuse(given: Given) -> dict[str, pl.DataFrame]:
        raise given.refused(refusal.advice(), refusal.what)

    return Form(refusal.what, refusal.fits, refuse)


def _is_known_plain(given: Given) -> bool:
    return yahoo_csv.is_plain(given) and yahoo_csv.is_known(yahoo_csv.symbol_in(given.name))


def _is_binance_csv(given: Given) -> bool:
    is_headed = given.line(0).lower().startswith("open_time,")
    row = given.numbers
    is_bars = len(row) == binance_archive.WIDTH and len(row[0]) in (13, 16)
    return is_headed or is_bars or binance_archive.TRADES.fullmatch(given.name) is not None


FORMS: tuple[Form, ...] = (
    Form("members of an archive, none chosen", lambda g: "members" in g.notes, _refuse_members),
    Form("a raw table, by its name", _is_raw, _read_raw),
    Form("Farside's table, by its name", _is_farside, _read_farside),
    *map(_refusing, refusals.NO_DATA),
    Form("Binance's archive, a ZIP", binance_archive.is_zip, binance_archive.read_zip),
    Form(
        "an issuer's workbook",
        lambda g: workbook.is_workbook(g.body),
        lambda g: workbook.parse_file(g.name, g.body),
    ),
    Form("a spreadsheet of flows", _is_flow_sheet, _read_flow_sheet),
    Form("an archive", _is_zip, _refuse_zip),
    Form("freqtrade's bars", freqtrade.is_bars, freqtrade.read),
    _refusing(refusals.PACKED),
    _refusing(refusals.HDF5),
    Form("Farside's page", flow_table.is_page, flow_table.read_page),
    _refusing(refusals.PAGE),
    Form("Binance's archive", _is_binance_csv, binance_archive.read_csv),
    Form("Kraken's OHLCVT", kraken_ohlcvt.is_bars, kraken_ohlcvt.read),
    Form("CryptoDataDownload", cryptodatadownload.is_bars, cryptodatadownload.read),
    Form("FedWatch, one meeting", fedwatch.is_meeting, fedwatch.read_meeting),
    Form("FedWatch, all meetings", fedwatch.is_history, fedwatch.read_history),
    # Before flows: it may name funds, too.
    Form("yfinance's download()", yahoo_csv.is_yfinance, yahoo_csv.read_yfinance),
    Form("a table of flows", flow_table.is_table, flow_table.read),
    Form("Yahoo's sessions", yahoo_csv.is_website, yahoo_csv.read),
    *map(_refusing, refusals.FIGURES),
    Form("sessions of a known index or fund", _is_known_plain, yahoo_csv.read),
    Form("sessions of nobody knows what", yahoo_csv.is_plain, _refuse_plain),
    Form(
        "FedWatch, by its name",
        lambda g: fedwatch.NAME.match(g.name) is not None,
        fedwatch.read_meeting,
    ),
)
"""The forms, in the order in which they are tried. More of them: docs/files.md."""
