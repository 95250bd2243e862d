"""One series of disturbances at length, in a process of its own."""

import logging
import shutil
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

from tests.faults import kills
from tests.faults.failing import BRIEF, compiled, fail, failing, spread
from tests.faults.kills import WHOLE
from tests.faults.rotting import turn_bits

FAULTS = "nights whose write (w), flush (f), rename (r) or truncation (t) failed"
BITS = "bits turned over in payloads, receipts, the writer's and the published file"
Outcome = tuple[Counter[str], int]
"""What was hit how often, and how many answers readers got meanwhile."""


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def disturb(what: str, made: Path, folder: Path, seed: int, number: int) -> Outcome:
    """Do one series: so many kills, faults or bits, of a copy of what `made` holds, below
    `folder`.
    """
    logging.basicConfig(
        level=logging.WARNING, format=f"{what[:10]:10} %(message)s", stream=sys.stdout
    )
    logging.getLogger("tests.faults").setLevel(logging.INFO)
    # What runs of this process have to say is theirs.
    logging.getLogger("marketwake").propagate = False
    began = time.monotonic()
    folder.mkdir()
    series = {
        "nights": partial(kills.kill_nights, made, folder, WHOLE, seed, number),
        "migrations": partial(kills.kill_migrations, made, folder, WHOLE, seed, number),
        "replays": partial(kills.kill_replays, made, folder, WHOLE, seed, number),
        "backfills": partial(kills.kill_backfills, folder, WHOLE, seed, number),
        FAULTS: partial(_fail, made, folder, number),
        BITS: partial(_rot, made, folder, seed, number),
    }
    hit = series[what]()
    say(f"{what}: {hit.total()} in {time.monotonic() - began:.0f} s: {told(hit)}")
    return hit, kills.READS["whole"]


def told(hit: Counter[str]) -> str:
    """What was hit, and how often."""
    return ", ".join(f"{name} {count}" for name, count in sorted(hit.items()) if count)


def _fail(made: Path, folder: Path, total: int) -> Counter[str]:
    compiler = shutil.which("gcc")
    if not compiler:
        raise FileNotFoundError("no gcc: nothing is made to fail")
    with failing(made, folder / "failing", compiled(folder, compiler), BRIEF) as faults:
        return fail(faults, lambda counts: spread(counts, total), is_read=True)


def _rot(made: Path, folder: Path, seed: int, wanted: int) -> Counter[str]:
    root = Path(shutil.copytree(made / "warehouse", folder / "rotting", symlinks=True))
    found: Counter[str] = Counter()
    while found.total() < wanted:
        found["damaging"] += turn_bits(root, seed + found.total(), 1)
    return found
