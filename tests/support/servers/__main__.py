"""`python -m tests.support.servers`: serve all loopback venues until Ctrl-C, and print the settings
that point marketwake at them.
"""

import argparse
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from tests.support.servers.core import DEFAULT_NOW, VENUES
from tests.support.servers.settings import settings
from tests.support.servers.transport import serve

RECORDED = Path(__file__).parents[4] / "shared" / "data"


def main(arguments: list[str]) -> int:
    """Serve until Ctrl-C; the exit code."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    recorded = chosen.recorded or (RECORDED if RECORDED.is_dir() else None)
    now = chosen.now if chosen.now.tzinfo else chosen.now.replace(tzinfo=UTC)
    unknown = set(chosen.venues) - set(VENUES)
    if unknown:
        parser.error(
            f"unknown venue {', '.join(sorted(unknown))}; choose from {', '.join(sorted(VENUES))}"
        )
    stop = Event()
    # Set here, because a shell starts background jobs with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with serve(*chosen.venues, now=now, recorded=recorded, first_port=chosen.first_port) as running:
        # Few coins, because CoinGecko is asked slowly.
        text = settings(running, coins=5)
        if chosen.write:
            chosen.write.write_text(text, encoding="utf-8")
        sys.stdout.write(text)
        sys.stdout.flush()
        stop.wait()
        sys.stderr.write(
            f"\nstopped; {len(running.requests)} requests served, {running.violations} broke a "
            "rate limit\n"
        )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.support.servers",
        description="Serve the loopback venues on 127.0.0.1 until Ctrl-C.",
    )
    parser.add_argument(
        "venues", nargs="*", metavar="VENUE", help=f"of {', '.join(sorted(VENUES))}; default all"
    )
    parser.add_argument(
        "--write",
        type=Path,
        metavar="FILE",
        help="also write the addresses to this file, as a marketwake.toml",
    )
    parser.add_argument(
        "--now",
        type=datetime.fromisoformat,
        default=DEFAULT_NOW,
        help="the simulated clock, which stands still (UTC); default %(default)s, the end of the "
        "bundled sample",
    )
    parser.add_argument(
        "--recorded",
        type=Path,
        help="folder of recorded data; default ../shared/data where it is, else the bundled sample",
    )
    parser.add_argument(
        "--first-port",
        type=int,
        default=0,
        help="ports from here on, by name of venue; default free ports",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
