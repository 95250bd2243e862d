"""Bits that turn over anywhere: verify finds each and names its file."""

import random
from pathlib import Path

from marketwake.landing.payloads import is_intact
from marketwake.runs.verify import verify
from tests.support.rot import flip

FILES = {
    "payload": "landing/payloads/*/*.gz",
    "receipts": "landing/receipts/*.jsonl",
    "writer": "writer.duckdb",
    "published": "published/*.duckdb",
}


def turn_bits(root: Path, seed: int, rounds: int) -> int:
    """So often, a bit of a file of each kind, which are turned back after. How many did damage, all
    of which were found.
    """
    chance, found = random.Random(seed), 0  # noqa: S311 - places, no secrets
    for _ in range(rounds):
        flipped = {}
        for pattern in FILES.values():
            path = chance.choice(sorted(root.glob(pattern)))
            # The last byte of receipts is another test's.
            flipped[path] = chance.randrange((path.stat().st_size - 1) * 8)
            flip(path, flipped[path])
        # Bytes of a gzip header, and bits after the content, mean nothing.
        damaged = {path for path in flipped if path.suffix != ".gz" or not is_intact(path)}
        assert {damage.path for damage in verify(root).damages} == damaged, flipped
        found += len(damaged)
        for path, bit in flipped.items():
            flip(path, bit)
    assert verify(root).damages == ()
    return found
