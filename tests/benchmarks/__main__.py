"""All benchmarks as one table: `make bench`, or `python -m tests.benchmarks PART ...` for some.

Parts: demo (which the next two need), start, study, load, nights, panel, backfill. Each piece of
work and its peer are measured in turn, in this run; seconds are of the processor unless the row
says otherwise.
"""

import importlib.metadata
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks import backfill, load, nights, panel, start, study_speed
from tests.benchmarks.bench import Row, spent, table

PARTS = ("demo", "start", "study", "load", "nights", "panel", "backfill")
FIRST_DEMO_SECONDS = 25
LIBRARIES = ("duckdb", "polars", "prefect", "dlt", "eventstudy")


def rows(parts: Sequence[str]) -> Iterator[Row]:
    """The rows of some parts."""
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Path(folder) / "warehouse"
        works: dict[str, Callable[[], Iterator[Row]]] = {
            "demo": partial(_demo, warehouse),
            "start": partial(start.rows, warehouse),
            "study": partial(study_speed.rows, warehouse),
            "load": load.rows,
            "nights": nights.rows,
            "panel": panel.rows,
            "backfill": backfill.rows,
        }
        for part in parts:
            for row in works[part]():
                sys.stderr.write(f"{row}\n")
                yield row


def _demo(warehouse: Path) -> Iterator[Row]:
    """The first demo, into an empty folder."""
    program = str(Path(sys.executable).with_name("marketwake"))
    command = [program, "demo", "--quiet", "--warehouse", str(warehouse)]
    took = spent(lambda: subprocess.run(command, check=True))
    for what, seconds, target in (
        ("by the clock", took.wall, FIRST_DEMO_SECONDS),
        ("of the processor", took.processor, None),
    ):
        yield Row(
            f"the first demo, seconds {what}",
            f"{seconds:.1f} s",
            "",
            None,
            f"{target} s or less" if target else "-",
            seconds <= target if target else None,
        )


def _versions() -> str:
    """The machine, and the libraries that are installed."""
    told = [f"{os.cpu_count()} cores", platform.machine(), f"Python {platform.python_version()}"]
    for name in LIBRARIES:
        try:
            told.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            told.append(f"{name} not installed")
    return ", ".join(told)


def main() -> None:
    """Print the table, and under it where it was measured."""
    parts = sys.argv[1:] or PARTS
    sys.stdout.write(f"{table(rows(parts))}\n\n{_versions()}\n")


if __name__ == "__main__":
    main()
