"""What a command takes to answer, beside a Python that opens the published file with DuckDB alone.

`python -m tests.benchmarks.start WAREHOUSE` reads the published file and writes nothing. Seconds
are of the processor, the least of several rounds, ours and the peer's in turn.
"""

import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from marketwake.base.resources import SQL
from tests.benchmarks.bench import Row, least, spent, table

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
BARE = "import duckdb; print(duckdb.connect({!r}, read_only=True).execute({!r}).fetchall())"


def rows(warehouse: Path) -> Iterator[Row]:
    """A row for each command."""
    program = str(Path(sys.executable).with_name("marketwake"))
    for work, query in WORKS.items():
        ours = [program, *shlex.split(work), "--warehouse", str(warehouse)]
        bare = [sys.executable, "-c", BARE.format(str(warehouse / "market.duckdb"), query)]
        taken = [(spent(partial(_run, ours)), spent(partial(_run, bare))) for _ in range(ROUNDS)]
        own, peer = (least(column).processor for column in zip(*taken, strict=True))
        yield Row(
            f"marketwake {work}",
            f"{own:.2f} s",
            f"DuckDB {peer:.2f} s",
            own / peer,
            f"{MOST:g} x or less",
            own <= MOST * peer,
        )


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)


def main() -> None:
    """Print the rows."""
    sys.stdout.write(f"{table(rows(Path(sys.argv[1])))}\n")


if __name__ == "__main__":
    main()
