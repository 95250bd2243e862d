"""Standard output that takes nothing more, or not all characters: a sentence and an exit code that
is listed, whatever was being printed.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

MAIN = "from marketwake.cli.main import main; main()"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    duckdb.connect(tmp_path / "market.duckdb").close()
    return tmp_path


def _run(
    root: Path,
    *arguments: str,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MAIN, *arguments],
        stdout=stdout,
        stderr=stderr,
        text=True,
        check=False,
        env=os.environ | {"MARKETWAKE_WAREHOUSE": str(root)} | variables,
    )


@pytest.fixture
def full() -> Iterator[int]:
    """A file on a disk that is full."""
    handle = os.open("/dev/full", os.O_WRONLY)
    yield handle
    os.close(handle)


@pytest.mark.parametrize(
    ("arguments", "unbuffered"),
    [
        (("sql", "select 1"), "1"),
        (("sql", "from range(100_000)", "-o", "csv"), ""),
        (("--version",), ""),
    ],
)
def test_a_full_disk_ends_in_a_sentence(
    root: Path, full: int, arguments: tuple[str, ...], unbuffered: str
) -> None:
    done = _run(root, *arguments, stdout=full, PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 2
    assert done.stderr == (
        "error: standard output cannot be written: No space left on device\n"
        "Make room there, or send it elsewhere.\n"
    )


@pytest.mark.parametrize("output", ["table", "csv"])
def test_an_encoding_that_lacks_a_character_ends_in_a_sentence(root: Path, output: str) -> None:
    done = _run(root, "sql", "select '1 €' as price", "-o", output, PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert done.stderr == (
        "error: standard output is ascii, which has no '\\u20ac'\n"
        "Set PYTHONIOENCODING=utf-8, or write into a file.\n"
    )


def test_who_reads_no_further_hears_nothing_of_it(root: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = _run(root, "sql", "from range(100_000)", "-o", "csv", stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("arguments", [("sql", "select 1"), ("replay",)])
def test_a_full_standard_error_changes_no_exit_code(
    tmp_path: Path, full: int, arguments: tuple[str, ...]
) -> None:
    # There is nothing to ask and nothing to replay; the second shows its progress too.
    done = _run(tmp_path, *arguments, stderr=full)
    assert (done.returncode, done.stdout) == (4, "")
