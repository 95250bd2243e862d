"""The reference data of sql/seeds as text, for code that needs it before there is a warehouse."""

import csv
from functools import cache

from marketwake.base.resources import SQL


@cache
def seed_rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of sql/seeds/<name>.csv, each cell as it stands there."""
    with (SQL / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
