"""How long the study of all anchors takes on a warehouse, and over how many placebo dates.

`python -m tests.benchmarks.study_speed WAREHOUSE` reads the published file and writes nothing.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from marketwake.event_study.design import Design
from marketwake.event_study.inputs import read_anchors, read_inputs
from marketwake.event_study.run import study_anchors
from marketwake.warehouse.files import Warehouse
from tests.benchmarks.bench import Row, table


def rows(warehouse: Path, rounds: int = 4) -> Iterator[Row]:
    """The study of all anchors, the least of several passes."""
    design = Design()
    with Warehouse(warehouse).reader() as con:
        inputs, anchors = read_inputs(con, design), read_anchors(con)
    passes, most = [], 0
    for _ in range(rounds):
        begun = time.process_time()
        tests = study_anchors(inputs, anchors, design).test
        passes.append(time.process_time() - begun)
        most = max(tests["placebo_count"], default=0)
    work = f"study of {anchors.height} anchors, up to {most} placebo dates each, processor"
    yield Row(work, f"{min(passes):.1f} s", "", None, "-", None)


def main() -> None:
    """Print the rows."""
    sys.stdout.write(f"{table(rows(Path(sys.argv[1])))}\n")


if __name__ == "__main__":
    main()
