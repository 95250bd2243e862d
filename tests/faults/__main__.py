"""Everything that tests/faults can disturb, at length: `make faults`, or `python -m tests.faults`.

Offline, on the bundled sample and on venues on loopback, two series side by side. Prints a line for
each disturbance and the table of docs/reliability.md at the end; ends with 1 where anything was
wrong.
"""

import argparse
import sys
import tempfile
import traceback
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.faults.kills import load_brief
from tests.faults.series import BITS, FAULTS, Outcome, disturb, say, told

SIDE_BY_SIDE = 2
KILLS = {"nights": 0.55, "backfills": 0.2, "migrations": 0.2, "replays": 0.05}
"""Which part of all kills is of each kind; a replay takes nine times as long as a night."""
WELL = {
    FAULTS: "the night said so or did without; the next ended as an undisturbed one",
    BITS: "`marketwake verify` found each and named its file",
}
KILLED_WELL = "the next run ended as an undisturbed one; 0 rows lost, doubled or half published"


def _report(under_way: Mapping[str, tuple[int, Future[Outcome]]]) -> bool:
    """Print the table as docs/reliability.md has it; whether all went well."""
    lines, reads, is_well = ["| disturbed | times | outcome |", "|---|---|---|"], 0, True
    for what, (number, outcome) in under_way.items():
        name = f"{what} killed (SIGKILL)" if what in KILLS else what
        try:
            hit, answers = outcome.result()
        except Exception:  # noqa: BLE001 - told, counted, and the exit code
            traceback.print_exc()
            is_well = False
            lines.append(f"| {name} | {number} | WRONG: see above |")
            continue
        reads += answers
        lines.append(f"| {name}: {told(hit)} | {hit.total()} | {WELL.get(what, KILLED_WELL)} |")
    say(f"\nreaders meanwhile: {reads} answers, each of one published run\n")
    say("\n".join(lines))
    return is_well


def main() -> int:
    """Disturb, print, and tell whether all went well."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--faults", type=int, default=300)
    parser.add_argument("--bits", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20250807)
    asked = parser.parse_args()
    say(f"{asked.kills} kills, {asked.faults} faults, {asked.bits} bits, seed {asked.seed}")
    wanted = {what: round(asked.kills * share) for what, share in KILLS.items()}
    # The longest first.
    wanted = {"nights": wanted.pop("nights"), FAULTS: asked.faults, **wanted, BITS: asked.bits}
    with tempfile.TemporaryDirectory(prefix="marketwake-faults-") as name:
        made = Path(name) / "made"
        made.mkdir()
        load_brief(made)
        with ProcessPoolExecutor(SIDE_BY_SIDE, get_context("spawn"), max_tasks_per_child=1) as pool:
            under_way = {
                what: (
                    number,
                    pool.submit(
                        disturb, what, made, made.parent / str(place), asked.seed + place, number
                    ),
                )
                for place, (what, number) in enumerate(wanted.items())
                if number
            }
        return 0 if _report(under_way) else 1


if __name__ == "__main__":
    sys.exit(main())
