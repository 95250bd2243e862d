"""Someone who asks the published file, with DuckDB alone: run by path in a process of its own, so
that nothing of the program is imported.

    python tests/support/reading.py ROOT STOP HABIT

ROOT is a warehouse's folder; the file STOP ends it by appearing; HABIT is `hold`, which keeps a
connection, or `open`, which opens a new connection each time.

Prints a line for each round of queries, and in the end one JSON object: how many states of the file
it has seen.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

SQL = Path(__file__).parents[2] / "sql"
SAVED = SQL / "queries" / "restated.sql"
CLAIMS = (4, len(list((SQL / "claims").glob("*.sql"))))
"""As many as brief runs judge, and all."""
PAUSE_SECONDS = 2.0
"""Between two rounds: ten readers without it take the cores from the run that they read beside."""


def _open(path: str) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(path, read_only=True, config={"threads": 1})
    con.execute("set timezone = 'UTC'")
    return con


def _ask(con: duckdb.DuckDBPyConnection) -> str:
    """One round of queries: newest version, for it to be compared from round to round. Raises
    AssertionError when an answer is half.
    """
    (claims,) = con.execute("select count(*) from mart.claim").fetchall()
    assert claims[0] in CLAIMS, claims
    ((newest, held),) = con.execute(
        "select max(recorded_at), count(*) from raw.etf_flow where superseded_at is null"
    ).fetchall()
    ((known,),) = con.execute(
        "select count(*) from as_known_at('raw.etf_flow', ?)", [newest]
    ).fetchall()
    assert known == held, (known, held)
    ((figures,),) = con.execute("select count(value) from event_response('eo-401k')").fetchall()
    assert figures > 0
    con.execute(SAVED.read_text(encoding="utf-8")).fetchall()
    return str(newest)


def main(root: str, stop: str, habit: str) -> None:
    """Ask until the file `stop` appears."""
    path = f"{root}/market.duckdb"
    kept = _open(path) if habit == "hold" else None
    seen: list[str] = []
    while not Path(stop).exists():
        con = kept or _open(path)
        seen.append(_ask(con))
        if con is not kept:
            con.close()
        sys.stdout.write("read\n")
        sys.stdout.flush()
        time.sleep(PAUSE_SECONDS)
    assert seen == sorted(seen), "an older file came after a newer one"
    json.dump({"states": len(set(seen))}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
