"""Killing a child process at instants spread over its work."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

KILLS = 10


def kill_at(code: str, root: Path, after_seconds: float) -> bool:
    """Run `code` in a child with `root` as its argument; it prints `go` when its work begins. True when the kill came before its end."""
    with subprocess.Popen([sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "go\n"
            child.wait(after_seconds)
        except subprocess.TimeoutExpired:
            return True
        finally:
            child.kill()
    assert child.returncode == 0
    return False


def duration(code: str, root: Path) -> float:
    """Seconds from `go` to the end of the child."""
    with subprocess.Popen([sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "go\n"
        started = time.monotonic()
        assert child.wait(120) == 0
        return time.monotonic() - started


def instants(seconds: float) -> Iterator[float]:
    """`KILLS` instants spread evenly over a work of that length, its first and last twentieth left out."""
    return (seconds * (0.05 + 0.9 * number / (KILLS - 1)) for number in range(KILLS))
