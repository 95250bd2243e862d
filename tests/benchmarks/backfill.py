"""How close to the permitted rate a backfill asks, by the clocks of loopback venues, and how much
longer the asking and loading of a night takes than its slowest source alone.

`python -m tests.benchmarks.backfill [rounds]`. The venues are in this process, what asks them is in
another. Of several rounds the best counts: whatever else the machine does slows both. A venue that
permits more than the machine can load is asked as fast as that goes.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from marketwake.base.settings import Settings, read_settings
from marketwake.runs.backfill import run as backfill
from marketwake.runs.backfill.order import Order
from marketwake.runs.backlog import Came
from marketwake.runs.nightly import nightly
from marketwake.runs.run import Hooks, Run
from marketwake.sources.coingecko import source as coingecko
from marketwake.sources.spot.client import Spot
from tests.benchmarks.bench import Row, table
from tests.support.killed import Silent
from tests.support.servers import Running, data, exchange, serve, settings

NOW = datetime(2025, 8, 22, 9, 30, tzinfo=UTC)
SHARE = 0.95
DAYS = {"Coinbase": 8, "Kraken": 8, "Bitstamp": 30, "Binance": 50}
"""Of minute bars of three markets. Kraken has a page of each, whatever is asked."""
SLOW_SECONDS = 3.0
"""From one request of the slow source to the next."""


def rows(rounds: int = 2) -> Iterator[Row]:
    """Requests a second of each venue, alone and beside the others, against those permitted; then
    the seconds until a night has loaded its first wave, against those of the slowest source.
    """
    vars(exchange)["bars"] = cache(data.bars)  # what a venue serves costs it nothing twice
    for venues in (*((venue,) for venue in DAYS), tuple(DAYS)):
        rates = [_rates(venues) for _ in range(rounds)]
        for venue in venues:
            permitted = 1 / Spot(venue, Settings(), lambda: NOW, {}).pace_seconds
            rate = max(each[venue] for each in rates)
            yield _row(
                f"backfill, requests a second, {venue}{'' if len(venues) == 1 else ' with others'}",
                f"{rate:.2f}/s",
                f"{permitted:.2f}/s",
                rate / permitted,
            )
    ours, slowest = min(_night() for _ in range(rounds))
    yield _row("night with a slow source", f"{ours:.1f} s", f"{slowest:.1f} s", slowest / ours)


def _row(work: str, ours: str, peer: str, ratio: float) -> Row:
    return Row(work, ours, peer, ratio, f"{SHARE} or more", ratio >= SHARE)


def _rates(venues: Sequence[str]) -> dict[str, float]:
    """Requests a second that each venue saw, from its first to its last."""
    first = NOW.date() - timedelta(days=min(DAYS[venue] for venue in venues))
    with serve(*map(str.lower, venues), now=NOW) as running:
        _child(running, "fill", ",".join(venues), first.isoformat())
        assert not running.violations
        seen = {venue: [each.at for each in running.seen(venue.lower())] for venue in venues}
    return {
        venue: (len(at) - 1) / (max(at) - min(at)).total_seconds() for venue, at in seen.items()
    }


def _night() -> tuple[float, float]:
    with serve(now=NOW) as running:
        ours, slowest = json.loads(_child(running, "night"))
    return ours, slowest


def _child(running: Running, *order: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "marketwake.toml"
        config.write_text(settings(running, coins=5, history_from=date(2025, 6, 24)))
        return subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.backfill", *order, f"{folder}/w"],
            env=os.environ | {"MARKETWAKE_CONFIG": str(config)},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout


def fill(venues: str, first: str, root: str) -> None:
    """A backfill that builds nothing."""
    order = Order(
        "spot_bar",
        first=date.fromisoformat(first),
        symbols=("BTC/USD", "ETH/USD", "SOL/USD"),
        venues=tuple(venues.split(",")),
        interval="1m",
    )
    unbuilt = Hooks(
        derive=lambda _: [], check=lambda _, _clock, _run_id: [], report=lambda _: ([], [])
    )
    done = backfill.backfill(Path(root), read_settings(Path(root)), order, Silent(), unbuilt)
    assert done.run
    assert not done.run.problems


def night(root: str) -> None:
    """The first wave of a night. Prints its seconds, and those of its slow source."""
    coingecko.SECONDS_BETWEEN_REQUESTS = SLOW_SECONDS
    began = time.monotonic()

    def load(run: Run, came: Iterable[Came]) -> None:
        run.load(came)
        slowest = max(part.seconds for part in run.fetched)
        sys.stdout.write(json.dumps([time.monotonic() - began, slowest]))
        sys.stdout.flush()
        os._exit(0)

    nightly(Path(root), hooks=Hooks(load=load))


def main(arguments: Sequence[str]) -> None:
    """Print a row for each piece of work, or be what asks."""
    match arguments:
        case ["fill", venues, first, root]:
            fill(venues, first, root)
        case ["night", root]:
            night(root)
        case _:
            sys.stdout.write(f"{table(rows(*map(int, arguments)))}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
