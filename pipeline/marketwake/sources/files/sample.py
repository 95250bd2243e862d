"""The bundled sample, `warehouse/sample/<raw table>.csv`: real figures in our own schema, one
source among others.

`marketwake export sample` writes the files; a line holds the columns that the contract of its table
expects from a source. Files of older releases lack columns that were added since.
"""

from pathlib import Path

import polars as pl

from marketwake.base.csv_text import read_csv_text
from marketwake.base.errors import SourceChangedError, SourceError
from marketwake.base.resources import SAMPLE
from marketwake.sources.source import Request, read_file
from marketwake.warehouse.contracts import read_contracts

BUNDLED = frozenset(
    {"coin_snapshot", "fed_probability", "futures_price", "index_bar", "reference_figure"}
)
"""Tables of which nobody serves what the sample has of them: contracts vanish when they expire,
CoinGecko tells the last year, FedWatch has no open interface, and the precedents and documents are
in no interface at all. A live run takes them from here.
"""


class Sample:
    """A request per CSV file of the folder; with `only`, per file of those raw tables."""

    name = "sample"

    def __init__(self, only: frozenset[str] | None = None, folder: Path = SAMPLE) -> None:
        self._only = only
        self._folder = folder

    def requests(self) -> list[Request]:
        """The files of the sample, by name.

        Raises:
            SourceError: there is none.
        """
        tables = sorted(
            path.stem
            for path in self._folder.glob("*.csv")
            if self._only is None or path.stem in self._only
        )
        if not tables:
            raise SourceError(
                f"sample: no CSV file in {self._folder}",
                "Restore the folder, or write it with `marketwake export sample`.",
            )
        return [Request(table, f"{table}.csv") for table in tables]

    def fetch(self, request: Request) -> bytes:
        """The bytes of one file.

        Raises:
            SourceError: the file cannot be read.
        """
        return read_file(self.name, self._folder / request.what)


def parse(request: Request, body: bytes) -> dict[str, pl.DataFrame]:
    """One raw table, all columns as text.

    Raises:
        SourceChangedError: not a raw table, a column missing or not foreseen, or a ragged line.
    """
    contracts = read_contracts("raw")
    if request.dataset not in contracts:
        raise SourceChangedError(
            "sample", request.what, f"one of {', '.join(contracts)}", request.dataset
        )
    contract = contracts[request.dataset]
    names = [column.name for column in contract.columns]
    frame = read_csv_text("sample", request.what, body, names, contract.optional)
    return {request.dataset: frame.select(name for name in names if name in frame.columns)}
