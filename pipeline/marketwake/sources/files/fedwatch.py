"""CME FedWatch's downloads: `FedMeeting_<YYYYMMDD>.csv` of one meeting (archive_fed), and
`FedMeetingHistory_<YYYYMMDD>.csv` of all of them.

Of the latter, the first line has a label over the first column of each block, `History for 17 Sep
2025 Fed meeting`; the second line has `Date` and the target ranges, which begin anew with `(0-25)`
in each block. Meetings without columns have their labels stuck in a last cell beyond the data: they
are none. A meeting that is not priced yet gives the one word `Date`.
"""

import csv
import io
import re
from collections.abc import Sequence

import polars as pl

from marketwake.sources.files import archive_fed
from marketwake.sources.files.given import SHOWN, SOURCE, Given

NAME = re.compile(
    r"FedMeeting_?(?P<year>\d{4})-?(?P<month>\d\d)-?(?P<day>\d\d).*\.csv", re.IGNORECASE
)
_LABEL = re.compile(r"History for (\d{1,2} [A-Z][a-z]{2} \d{4}) Fed meeting")
_FIRST_RANGE = "(0-25)"


def is_meeting(given: Given) -> bool:
    """The ranges of one meeting, or the one word `Date` under CME's name."""
    first = given.cells(0)
    if first[0].lower() != "date":
        return False
    is_empty = first == ["Date"] and len(given.lines) == 1 and bool(NAME.match(given.name))
    return is_empty or (len(first) > 1 and bool(archive_fed.RANGE.fullmatch(first[1])))


def is_history(given: Given) -> bool:
    """Labels of meetings over their ranges."""
    return bool(re.match(r'"?,?"?History for ', given.line(0)))


def read_meeting(given: Given) -> dict[str, pl.DataFrame]:
    """Probabilities of one meeting, which the name tells.

    Raises:
        SourceChangedError: no meeting in the name, or as `archive_fed.read_csv`.
    """
    name = NAME.match(given.name)
    if name is None:
        raise given.refused(
            "the meeting in the name, like FedMeeting_20250917.csv", f"'{given.name}'"[:SHOWN]
        )
    if given.cells(0) == ["Date"] and len(given.lines) == 1:
        return {"fed_probability": archive_fed.NOTHING}
    return archive_fed.read_csv(SOURCE, name, given.text)


def read_history(given: Given) -> dict[str, pl.DataFrame]:
    """Probabilities of every meeting that has columns.

    Raises:
        SourceChangedError: a block without its meeting, a column that is no target range, or a line
            of another width.
    """
    try:
        rows = [row for row in csv.reader(io.StringIO(given.text.decode())) if any(row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise given.refused("CSV in UTF-8", str(error)[:SHOWN]) from error
    labels, header, *days = ([cell.strip() for cell in row] for row in [*rows, [], []])
    while header and not header[-1]:
        header.pop()
    days = [day for day in days if day]
    foreign = [cell for cell in header[1:] if not archive_fed.RANGE.fullmatch(cell)]
    starts = [i for i, cell in enumerate(header) if cell == _FIRST_RANGE]
    if not starts or header[0] != "Date" or foreign or starts[0] != 1:
        raise given.refused(
            "a second line of Date and target ranges from (0-25)", ",".join(header)[:SHOWN]
        )
    for number, row in enumerate(days, start=3):
        if len(row) < len(header) or any(row[len(header) :]):
            raise given.refused(f"{len(header)} cells in line {number}", f"{len(row)}")
    frames = []
    for first, end in zip(starts, [*starts[1:], len(header)], strict=True):
        meeting = _meeting(given, labels, first)
        ranges = header[first:end]
        if len(set(ranges)) < len(ranges):
            raise given.refused("every range once in a block", ",".join(ranges)[:SHOWN])
        cells = {
            "Date": [row[0] or None for row in days],
            **{name: [row[first + i] or None for row in days] for i, name in enumerate(ranges)},
        }
        table = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
        frames.append(archive_fed.probabilities(meeting, table))
    return {"fed_probability": pl.concat(frames)}


def _meeting(given: Given, labels: Sequence[str], column: int) -> str:
    """The last day of the meeting whose label stands over a column, in ISO form."""
    said = labels[column] if column < len(labels) else ""
    label = _LABEL.match(said)
    day = pl.Series([label[1] if label else None], dtype=pl.String).str.to_date(
        "%d %b %Y", strict=False
    )[0]
    if day is None:
        raise given.refused(
            f"'History for 17 Sep 2025 Fed meeting' over column {column + 1}", f"'{said[:SHOWN]}'"
        )
    return str(day)
