"""CME FedWatch's download of one meeting, `FedMeeting_<YYYYMMDD>.csv`: a row per day, a column per
target range such as `(425-450)`.

An empty cell is a range that was not quoted that day and gives no row; 0.000000 is a quoted range
that the futures price at nothing, and is kept, so that the quoted ranges of a day sum to one and a
missing range is told from an impossible one.
"""

import re
from itertools import pairwise

import polars as pl

from marketwake.base.errors import SourceChangedError
from marketwake.sources.publisher_csv import read_published

NAME = r"FedMeeting_(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)\.csv"
"""CME's name of the file; the day is the last one of the meeting."""
RANGE = re.compile(r"\((\d+|\d{1,3}(?:[.,]\d{3})+)-(\d+|\d{1,3}(?:[.,]\d{3})+)\)")
"""From 1,000 basis points on, some have separators in them: `(975-1.000)`."""
_DAYS = ("%Y/%m/%d", "%Y-%m-%d")
"""CME writes 2024/8/21; downloads of other computers 8/21/2024, or 21/8/2024 where a first number
above 12 says so.
"""
NOTHING = pl.DataFrame(
    schema=dict.fromkeys(
        ("meeting", "quoted_on", "lower_bps", "upper_bps", "probability"), pl.String
    )
)
"""What is said of a meeting that is not priced yet."""


def parse(path: re.Match[str], body: bytes) -> dict[str, pl.DataFrame]:
    """Probabilities of one meeting, from the archive. `path` has the groups year, month and day of
    the meeting.

    Raises:
        SourceChangedError: as `read_csv`.
    """
    return read_csv("archive", path, body)


def read_csv(source: str, path: re.Match[str], body: bytes) -> dict[str, pl.DataFrame]:
    """Probabilities of one meeting; errors name `source`. `path` has the groups of NAME.

    Raises:
        SourceChangedError: no `Date`, a column that is no target range, or a ragged line.
    """
    table = read_published(path.string, body, ["Date"], source)
    names = [name for name in table.columns if name != "Date"]
    foreign = [name for name in names if not RANGE.fullmatch(name)]
    if not names or foreign:
        found = f"the columns {', '.join(foreign[:5])}" if foreign else "only Date"
        raise SourceChangedError(
            source, f"{path.string} line 1", "Date, then target ranges like (425-450)", found
        )
    both = [RANGE.findall(name)[0] for name in names]
    bounds = sorted([int(re.sub("[.,]", "", part)) for part in each] for each in both)
    lapped = [low for (_, high), (low, _) in pairwise(bounds) if low < high]
    if lapped:
        raise SourceChangedError(
            source,
            f"{path.string} line 1",
            "target ranges that follow each other",
            f"two that overlap at {lapped[0]}",
        )
    meeting = f"{path['year']}-{path['month']}-{path['day']}"
    return {"fed_probability": probabilities(meeting, table)}


def probabilities(meeting: str, table: pl.DataFrame) -> pl.DataFrame:
    """Rows of one meeting, by its last day in ISO form, from `Date` and a column for each target
    range, all text.
    """
    names = [name for name in table.columns if name != "Date"]
    plain = pl.col("target_range").str.replace_all("[.,]", "")
    bounds = plain.str.extract_groups(r"\((\d+)-(\d+)\)")
    first = table["Date"].str.extract(r"^(\d+)/\d+/\d{4}$").cast(pl.Int64, strict=False)
    form = "%d/%m/%Y" if (first > 12).any() else "%m/%d/%Y"
    day = [pl.col("Date").str.to_date(each, strict=False) for each in (*_DAYS, form)]
    return (
        table.unpivot(names, index="Date", variable_name="target_range", value_name="probability")
        .drop_nulls("probability")
        .select(
            meeting=pl.lit(meeting),
            quoted_on=pl.coalesce(pl.coalesce(day).dt.to_string("%Y-%m-%d"), pl.col("Date")),
            lower_bps=bounds.struct.field("1"),
            upper_bps=bounds.struct.field("2"),
            probability="probability",
        )
    )
