"""How long the tests of all anchors take on a warehouse, and over how many placebo dates.

`python -m tests.benchmarks.study_speed WAREHOUSE` reads the published file and writes nothing.
"""

import sys
import time
from pathlib import Path

from marketwake.event_study.design import Design
from marketwake.event_study.inference import tested
from marketwake.event_study.inputs import read_anchors, read_inputs
from marketwake.warehouse.files import Warehouse


def main() -> None:
    """Print the seconds of a first and a second pass."""
    design = Design()
    with Warehouse(Path(sys.argv[1])).reader() as con:
        inputs, anchors = read_inputs(con, design), read_anchors(con)
    for name in ("first", "second"):
        wall, own = time.perf_counter(), time.process_time()
        tests, _ = tested(inputs, anchors, anchors, design)
        wall, own = time.perf_counter() - wall, time.process_time() - own
        most = max(tests["placebo_count"], default=0)
        print(  # noqa: T201
            f"{name}: {tests.height} tests of {anchors.height} anchors among up to {most} placebo "
            f"dates each: {wall:.1f} s, {own:.1f} s of processor"
        )


if __name__ == "__main__":
    main()
