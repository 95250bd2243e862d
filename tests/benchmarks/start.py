"""What a command takes to answer, beside a Python that opens the published file with DuckDB alone.

`python -m tests.benchmarks.start WAREHOUSE` reads the published file and writes nothing. Seconds
are of the processor, the least of several rounds, ours and the peer's in turn.
"""

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from marketwake.base.resources import SQL

ROUNDS = 7
MOST = 2.5
"""How many times the peer's seconds a command may take."""
WORKS = {
    "sql 'select 1'": "select 1",
    "query flows_around_order": (
        (SQL / "queries" / "flows_around_order.sql").read_text(encoding="utf-8")
    ),
    "claims": "select * from mart.claim order by all",
    "changes": "select * from ops.load order by all",
    "status": "select * from ops.run order by all",
}
"""By command, as a shell splits it, what the peer asks."""
Row = tuple[str, str, str, float | None, str, bool | None]
"""Work, ours, peer's, ratio, target, whether it is met."""
BARE = "import duckdb; print(duckdb.connect({!r}, read_only=True).execute({!r}).fetchall())"


def rows(warehouse: Path) -> Iterator[Row]:
    """A row for each command."""
    program = str(Path(sys.executable).with_name("marketwake"))
    for work, query in WORKS.items():
        name, *rest = work.split(" ", 1)
        given = [text.strip("'") for text in rest]
        ours = [program, name, *given, "--warehouse", str(warehouse)]
        bare = [sys.executable, "-c", BARE.format(str(warehouse / "market.duckdb"), query)]
        taken = [(spent(ours), spent(bare)) for _ in range(ROUNDS)]
        own, peer = (min(column) for column in zip(*taken, strict=True))
        target = f"at most {MOST:g} x DuckDB alone"
        yield work, f"{own:.2f} s", f"{peer:.2f} s", own / peer, target, own <= MOST * peer


def spent(command: list[str]) -> float:
    """Seconds of the processor that a command takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the rows."""
    for row in rows(Path(sys.argv[1])):
        sys.stdout.write(f"{row}\n")


if __name__ == "__main__":
    main()
