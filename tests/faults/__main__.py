"""Everything that tests/faults can disturb, at length: `make faults`, or `python -m tests.faults`.

Offline, on the bundled sample and on venues on loopback. Prints a line for each disturbance and
the table of docs/reliability.md at the end; ends with 1 where anything was wrong.
"""

import argparse
import logging
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.faults import kills
from tests.faults.failing import BRIEF, compiled, fail, failing, spread
from tests.faults.kills import WHOLE
from tests.faults.rotting import turn_bits

KILLS = {"nights": 0.55, "backfills": 0.2, "migrations": 0.2, "replays": 0.05}
"""Which part of all kills is of each kind; a replay takes nine times as long as a night."""
Row = tuple[str, int, str]


class Report:
    """The table, row by row, and whether anything was wrong."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.wrong = 0

    def series(self, what: str, number: int, run: Callable[[], Counter[str]], well: str) -> None:
        """Do one series; what is wrong ends it, and the next goes on."""
        began = time.monotonic()
        try:
            hit = run()
        except Exception:  # noqa: BLE001 - told, counted, and the exit code
            traceback.print_exc()
            self.wrong += 1
            self.rows.append((what, number, "WRONG: see above"))
            return
        told = ", ".join(f"{name} {count}" for name, count in sorted(hit.items()) if count)
        _say(f"{what}: {hit.total()} in {time.monotonic() - began:.0f} s: {told}")
        self.rows.append((f"{what}: {told}", hit.total(), well))

    def table(self) -> str:
        """As docs/reliability.md has it."""
        lines = [f"| {what} | {number} | {outcome} |" for what, number, outcome in self.rows]
        return "\n".join(["| disturbed | times | outcome |", "|---|---|---|", *lines])


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _kill(report: Report, made: Path, folder: Path, seed: int, total: int) -> None:
    on_sample = {
        "nights": kills.kill_nights,
        "migrations": kills.kill_migrations,
        "replays": kills.kill_replays,
    }
    for place, (what, share) in enumerate(KILLS.items()):
        number, own = round(total * share), folder / what
        if not number:
            continue
        own.mkdir()

        def run(
            what: str = what, own: Path = own, number: int = number, seed: int = seed + place
        ) -> Counter[str]:
            if what == "backfills":
                return kills.kill_backfills(own, WHOLE, seed, number)
            return on_sample[what](made, own, WHOLE, seed, number)

        well = "the next run ended as an undisturbed one; 0 rows lost, doubled or half published"
        report.series(f"{what} killed (SIGKILL)", number, run, well)


def _fail(report: Report, made: Path, folder: Path, total: int) -> None:
    compiler = shutil.which("gcc")
    if not compiler:
        _say("no gcc: nothing is made to fail")
        report.wrong += 1
        return
    with failing(made, folder / "failing", compiled(folder, compiler), BRIEF) as faults:
        report.series(
            "nights whose write (w), flush (f), rename (r) or truncation (t) failed",
            total,
            lambda: fail(faults, lambda counts: spread(counts, total), is_read=True),
            "the night said so or did without; the next ended as an undisturbed one",
        )


def _rot(report: Report, made: Path, folder: Path, seed: int, wanted: int) -> None:
    root = Path(shutil.copytree(made / "warehouse", folder / "rotting", symlinks=True))

    def run() -> Counter[str]:
        found: Counter[str] = Counter()
        while found.total() < wanted:
            found["damaging"] += turn_bits(root, seed + found.total(), 1)
        return found

    if wanted:
        report.series(
            "bits turned over in payloads, receipts, the writer's and the published file",
            wanted,
            run,
            "`marketwake verify` found each and named its file",
        )


def main() -> int:
    """Disturb, print, and tell whether all went well."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--faults", type=int, default=300)
    parser.add_argument("--bits", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20250807)
    asked = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout)
    logging.getLogger("tests.faults").setLevel(logging.INFO)
    # What runs of this process have to say is theirs.
    logging.getLogger("marketwake").propagate = False
    _say(f"{asked.kills} kills, {asked.faults} faults, {asked.bits} bits, seed {asked.seed}")
    report = Report()
    with tempfile.TemporaryDirectory(prefix="marketwake-faults-") as name:
        folder = Path(name)
        made = folder / "made"
        made.mkdir()
        kills.load_brief(made)
        _kill(report, made, folder, asked.seed, asked.kills)
        if asked.faults:
            _fail(report, made, folder, asked.faults)
        _rot(report, made, folder, asked.seed, asked.bits)
    _say(f"\nreaders meanwhile: {kills.READS['whole']} answers, each of one published run\n")
    _say(report.table())
    return min(1, report.wrong)


if __name__ == "__main__":
    sys.exit(main())
