"""Net flows of the US spot funds: Farside's all-history table as CSV, `farside_<asset>_flows.csv`.
What its cells mean: sources/farside/table.py.

The table is restated in the days after a session; a later file supersedes.
"""

import re

import polars as pl

from marketwake.sources.farside.table import read_csv


def parse(path: re.Match[str], body: bytes) -> dict[str, pl.DataFrame]:
    """Flows per fund and the published totals of one asset. `path` has the group asset.

    Raises:
        SourceChangedError: no `Date` or `Total` column, no fund, funds of another asset, or a
            ragged line.
    """
    return read_csv("archive", path.string, path["asset"].upper(), body)
