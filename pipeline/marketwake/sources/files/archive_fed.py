"""CME FedWatch's download of one meeting, `FedMeeting_<YYYYMMDD>.csv`: a row per day, a column per
target range such as `(425-450)`.

An empty cell is a range that was not quoted that day and gives no row; 0.000000 is a quoted range
that the futures price at nothing, and is kept, so that the quoted ranges of a day sum to one and a
missing range is told from an impossible one.
"""

import re

import polars as pl

from marketwake.base.errors import SourceChangedError
from marketwake.sources.publisher_csv import day_text, read_published

NAME = r"FedMeeting_(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)\.csv"
"""CME's name of the file; the day is the last one of the meeting."""
RANGE = re.compile(r"\((\d+)-(\d+)\)")


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
    bounds = pl.col("target_range").str.extract_groups(RANGE.pattern)
    frame = (
        table.unpivot(names, index="Date", variable_name="target_range", value_name="probability")
        .drop_nulls("probability")
        .select(
            meeting=pl.lit(f"{path['year']}-{path['month']}-{path['day']}"),
            quoted_on=day_text(pl.col("Date"), "%Y/%m/%d"),
            lower_bps=bounds.struct.field("1"),
            upper_bps=bounds.struct.field("2"),
            probability="probability",
        )
    )
    return {"fed_probability": frame}
