"""Standard output and standard error that cannot take what is said: a full disk, an encoding that
lacks a character, a reader that is gone.
"""

import codecs
import errno
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

from marketwake.base.errors import BadInputError, MarketwakeError

_GONE = 1
"""Exit code where nobody reads on, as typer has it."""


class Aside:
    """A stream of what is said aside: progress, log and errors. What it cannot take is lost, and
    ends no run.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text if it can be."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Send what waits if it can be."""
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the stream's own
        return getattr(self._stream, name)


def tell(error: MarketwakeError) -> int:
    """Say on standard error what was wrong and what to do; the exit code that it has."""
    print(f"error: {error.what}\n{error.fix}", file=sys.stderr)  # noqa: T201
    return error.exit_code


def flushed(code: int) -> int:
    """The exit code of a command that has ended with `code`, when all that it said is out."""
    fault = _fault()
    if fault:
        _silence(sys.stdout)
    if fault is None or code:
        return code
    return _GONE if fault.errno == errno.EPIPE else tell(_unwritable(fault))


def explained(error: OSError | UnicodeEncodeError) -> MarketwakeError | None:
    """An error of writing to standard output, for people; None when it has another cause."""
    if isinstance(error, OSError):
        fault = _fault("\n")
        return _unwritable(fault) if fault else None
    encoding = getattr(sys.stdout, "encoding", None)
    if not encoding or codecs.lookup(encoding).name != codecs.lookup(error.encoding).name:
        return None
    lacking = error.object[error.start : error.end]
    return BadInputError(
        f"standard output is {encoding}, which has no {lacking!a}",
        "Set PYTHONIOENCODING=utf-8, or write into a file.",
    )


def _unwritable(fault: OSError) -> BadInputError:
    return BadInputError(
        f"standard output cannot be written: {fault.strerror}",
        "Make room there, or send it elsewhere.",
    )


def _fault(text: str = "") -> OSError | None:
    """What is raised when a text, and all that waits, is written; None when all is well."""
    try:
        if sys.stdout is not None:  # where it was closed
            sys.stdout.write(text)
            sys.stdout.flush()
    except OSError as error:
        return error
    return None


def _silence(stream: TextIO) -> None:
    """Let what cannot be written go, or Python would try again when it ends."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
