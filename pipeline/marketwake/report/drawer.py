"""Who draws charts: this process or, for many pages, one beside it, while this one goes on. Drawing
holds the interpreter, so that threads do not help.

`python -m marketwake.report.drawer` is that process: specifications come as lines of JSON, and so
leave drawings.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING

import vl_convert

from marketwake.base.errors import MarketwakeError

if TYPE_CHECKING:
    from marketwake.report.drawing.grammar import Spec

_BESIDE: ContextVar["Callable[[Spec], Future[str]] | None"] = ContextVar("_BESIDE", default=None)


def begun(spec: "Spec") -> Callable[[], str]:
    """Begin to draw a Vega-Lite specification; what is returned gives the SVG, and waits for it.

    Raises:
        ValueError: it is no such specification, then or when the SVG is asked for.
        MarketwakeError: the process beside has ended; when the SVG is asked for.
    """
    beside = _BESIDE.get()
    if beside is not None:
        return beside(spec).result
    svg: str = vl_convert.vegalite_to_svg(spec)
    return lambda: svg


@contextmanager
def drawing_beside() -> Iterator[None]:
    """Within the block a process of its own draws, one chart after the other; the first starts
    it.
    """
    with ExitStack() as stack, ThreadPoolExecutor(1) as waiting:
        process = cache(lambda: stack.enter_context(_started()))
        before = _BESIDE.set(lambda spec: waiting.submit(lambda: _asked(process(), spec)))
        try:
            yield
        finally:
            _BESIDE.reset(before)
            waiting.shutdown(cancel_futures=True)


@contextmanager
def _started() -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl-C is for the parent; this one ends when nobody can ask any more.
        process_group=0,
    ) as process:
        try:
            yield process
        finally:
            process.communicate()


def _asked(process: "subprocess.Popen[str]", spec: "Spec") -> str:
    answer = ""
    if process.stdin and process.stdout:
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(spec) + "\n")
            process.stdin.flush()
        answer = process.stdout.readline()
    if not answer:
        raise MarketwakeError(
            f"the process that draws charts has ended with {process.wait()}",
            "Is there memory enough? The next run draws what is missing.",
        )
    svg, fault = json.loads(answer)
    if fault:
        raise ValueError(fault)
    return str(svg)


def main() -> None:
    """Draw what is asked for until nobody can ask any more."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # nobody reads what was asked for
    for line in sys.stdin:
        svg = fault = ""
        try:
            svg = vl_convert.vegalite_to_svg(json.loads(line))
        except ValueError as error:
            fault = str(error)
        sys.stdout.write(json.dumps([svg, fault]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
