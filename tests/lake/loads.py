"""Payloads of bars for a lake, and processes that load them."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from marketwake.landing.receipts import Receipt
from marketwake.runs.load import Loaded, load
from marketwake.warehouse.files import Warehouse

HEAD = "venue,symbol,bar_interval,opened_at,open,high,low,close,volume_base\n"
LANDED = datetime(2025, 10, 1, tzinfo=UTC)


def bars(month: str, hours: int, close: float = 100.0) -> bytes:
    """A file of hourly bars of bitcoin from the beginning of a month, each at one price."""
    first = datetime.fromisoformat(f"{month}-01").replace(tzinfo=UTC)
    stamps = (first + timedelta(hours=hour) for hour in range(hours))
    lines = (
        f"Coinbase,BTC/USD,1h,{at:%Y-%m-%dT%H:%M:%SZ},{close},{close},{close},{close},1"
        for at in stamps
    )
    return (HEAD + "\n".join(lines) + "\n").encode()


def receipt(body: bytes, seconds: float = 0) -> Receipt:
    """Of such a file, landed so long after LANDED."""
    at, digest = LANDED + timedelta(seconds=seconds), sha256(body).hexdigest()
    name = f"{at:%Y%m%dT%H%M%S.%fZ}-sample-{digest[:12]}"
    return Receipt(name, "run", "sample", "spot_bar", "spot_bar.csv", digest, at, at)


def put(warehouse: Warehouse, body: bytes, seconds: float = 0) -> Loaded:
    """Load such a file."""
    with warehouse.writer() as con:
        return load(con, receipt(body, seconds), body, commit=warehouse.commit)


def versions(warehouse: Warehouse) -> list[tuple[object, ...]]:
    """Close of every version, whether it stands, and how many bars have it."""
    with warehouse.writer() as con:
        return con.execute(
            "select close, superseded_at is null, count(*) from raw.spot_bar group by all "
            "order by all"
        ).fetchall()


def process(root: Path, code: str, *words: str) -> "subprocess.Popen[str]":
    """Another process that has `warehouse`, `sys` and all of this module."""
    text = (
        "import sys; from pathlib import Path; from tests.lake.loads import *\n"
        f"warehouse = Warehouse(Path({str(root)!r}))\n{code}"
    )
    return subprocess.Popen(
        [sys.executable, "-c", text, *words],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def ended(processes: Sequence["subprocess.Popen[str]"]) -> list[str]:
    """What they printed; each must end well."""
    said = [each.communicate(timeout=120)[0] for each in processes]
    assert [each.returncode for each in processes] == [0] * len(processes)
    return said


def hear(other: "subprocess.Popen[str]", line: str) -> None:
    """Wait until another process says this."""
    assert other.stdout
    assert other.stdout.readline() == f"{line}\n"


def go(other: "subprocess.Popen[str]") -> None:
    """Let another process go on that reads a line."""
    assert other.stdin
    other.stdin.write("go\n")
    other.stdin.flush()


def kill(other: "subprocess.Popen[str]") -> None:
    """End another process as a power cut does."""
    other.kill()
    other.communicate()
