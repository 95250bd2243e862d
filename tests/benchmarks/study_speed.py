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

BEFORE = 4.5
"""Seconds of the processor that the study of the sample took before it shared what it computes."""
Row = tuple[str, str, str, float | None, str, bool | None]
"""Work, ours, peer's, ratio, target, whether it is met."""


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
    ours, target = min(passes), f"at most {0.6 * BEFORE:g} s on the sample"
    yield work, f"{ours:.1f} s", f"{BEFORE} s before", ours / BEFORE, target, ours <= 0.6 * BEFORE


def main() -> None:
    """Print the rows."""
    for row in rows(Path(sys.argv[1])):
        sys.stdout.write(f"{row}\n")


if __name__ == "__main__":
    main()
