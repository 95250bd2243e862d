"""The command line in this process: a process of its own takes a second to import what these have
already imported.
"""

import contextlib
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from marketwake.cli.main import main


@dataclass(frozen=True)
class Done:
    """What a command has printed, and the exit code with which it ended."""

    returncode: int
    stdout: str
    stderr: str


def command(*arguments: str, cwd: Path | None = None, width: int = 160, **variables: str) -> Done:
    """Give a command as a shell would, on a terminal that is `width` columns wide.

    Args:
        arguments: what comes after the program's name.
        cwd: the working directory; that of the tests when left out.
        width: columns of what is printed.
        variables: of the environment.
    """
    with (
        _given(arguments, {"COLUMNS": str(width)} | variables, cwd) as (stdout, stderr),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    assert isinstance(ended.value.code, int)
    return Done(ended.value.code, stdout.getvalue(), stderr.getvalue())


@contextlib.contextmanager
def _given(
    arguments: tuple[str, ...], variables: dict[str, str], cwd: Path | None
) -> Iterator[tuple[io.StringIO, io.StringIO]]:
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(io.StringIO()) as stdout,
        contextlib.redirect_stderr(io.StringIO()) as stderr,
    ):
        patch.setattr(sys, "argv", ["marketwake", *arguments])
        for name, value in variables.items():
            patch.setenv(name, value)
        if cwd:
            patch.chdir(cwd)
        yield stdout, stderr
