"""A reader that opens, asks and closes all the time: `python -m tests.support.watching LINK STOP`.
LINK links to the root of a warehouse.

Ends when the file STOP is there, with how often it read and what it waited for longest, in seconds,
as JSON; or with the first error.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

from marketwake.base.resources import SQL

LOOK_SECONDS = 0.02
"""Between two looks whether something else is shown, which is then read at once."""
PAUSE_SECONDS = 2.0
"""Between two readings of the same file: without it the reader takes a core from the runs that it
watches.
"""
_RAW = "select table_name from duckdb_tables() where schema_name = 'raw' order by all"
_HOURS = "select venue, symbol, opened_at, volume_base from"
_BARS = f"{_HOURS} raw.spot_bar where superseded_at is null and bar_interval = '1h'"
CLAIMS = [path.stem for path in sorted((SQL / "claims").glob("*.sql"))]
FEW_CLAIMS = ["a01", "a10", "a20", "b02"]
"""Of each way to look something up one: what brief runs judge."""
_WRONG = {
    "a load without its rows": "select receipt_id from ops.load "
    "where status = 'loaded' and rows_new + rows_restated > 0 "
    "and payload_sha256 not in (select payload_sha256 from ({raw}))",
    "published while a run was under way": "select run_id from ops.run where state = 'running' "
    "and rowid = (select max(rowid) from ops.run)",
    "hours that are not those of the raw table": f"({_HOURS} mart.spot_hourly) except ({_BARS})",
    "bars of the raw table that are in no hour": f"({_BARS}) except ({_HOURS} mart.spot_hourly)",
    "flows that are not those of the raw table": "select asset, session, sum(net_flow_usd) "
    "from raw.etf_flow "
    "where superseded_at is null "
    "group by all except select asset, session, net_flow_usd from mart.etf_flow_daily",
    "a verdict that is missing": "select count(*) from mart.claim "
    f"having list(claim order by claim) not in ({CLAIMS}, {FEW_CLAIMS})",
}


def read_once(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """What is wrong with a published file, by name: rows that show it."""
    with duckdb.connect(path, read_only=True, config={"threads": 1}) as con:
        tables = [row[0] for row in con.execute(_RAW).fetchall()]
        raw = " union ".join(f"select payload_sha256 from raw.{table}" for table in tables)
        wrong = {
            name: con.execute(query.format(raw=raw)).fetchmany(3) for name, query in _WRONG.items()
        }
    return {name: rows for name, rows in wrong.items() if rows}


def main(link: Path, stop: Path) -> None:
    """Read until told to stop."""
    reads, longest, began = 0, 0.0, -PAUSE_SECONDS
    before: Path | None = None
    while not stop.exists():
        shown = (link / "market.duckdb").resolve()
        if not shown.exists() or (shown == before and time.monotonic() < began + PAUSE_SECONDS):
            time.sleep(LOOK_SECONDS)
            continue
        before, began = shown, time.monotonic()
        wrong = read_once(link / "market.duckdb")
        assert not wrong, wrong
        reads, longest = reads + 1, max(longest, time.monotonic() - began)
    sys.stdout.write(json.dumps({"reads": reads, "longest_seconds": longest}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
