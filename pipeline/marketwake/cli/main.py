"""The command line. Commands import what they need when they run: prefect, polars and the calendars
are slow to import.
"""

import inspect
import os
import sys
from errno import ENAMETOOLONG
from typing import Annotated, NoReturn, TextIO, cast

import typer

from marketwake.base.errors import BadInputError, MarketwakeError
from marketwake.cli import ask, load, out, own, pages, panel, run, upkeep
from marketwake.cli.console import Terminal
from marketwake.cli.groups import Worded
from marketwake.cli.streams import Aside, explained, flushed, tell

app = typer.Typer(
    name="marketwake",
    cls=Worded,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="What did the market do after an event, and is what was written about it true?",
    epilog="Exit codes:\n"
    "0  done\n"
    "1  unexpected\n"
    "2  wrong input\n"
    "3  a source failed, rows were rejected or a part broke; the rest is published\n"
    "4  landing or warehouse unusable\n"
    "5  data checks stopped the publishing\n"
    "6  a file of the project is not well formed\n"
    "7  status: something is stale, failed, overdue or held back\n"
    "8  the Prefect server does not answer, or could not be started",
)
_PARTS = (run, load, ask, pages, panel, own, out)
for _app in (*(part.app for part in _PARTS), run.upkeep_app, upkeep.app):
    app.add_typer(_app)


def _unwrap(group: typer.Typer) -> None:
    """Give help the width of the terminal: typer breaks it where a docstring does."""
    for command in group.registered_commands:
        paragraphs = (inspect.getdoc(command.callback) or "").split("\n\n")
        command.help = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    for inner in group.registered_groups:
        if inner.typer_instance:
            _unwrap(inner.typer_instance)


_unwrap(app)


def _print_version(asked: bool) -> None:
    if asked:
        import marketwake

        typer.echo(f"marketwake {marketwake.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    pass


def main() -> NoReturn:
    """Run the command line; a failure prints what was wrong and what to do, without a traceback."""
    # What numpy multiplies here is small: further threads would wait for longer than they work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Typer draws boxes also into a pipe.
    app.rich_markup_mode = "rich" if Terminal().is_laid_out else None
    if sys.stderr is not None:  # where it was closed
        sys.stderr = cast("TextIO", Aside(sys.stderr))
    try:
        app(standalone_mode=True)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except MarketwakeError as error:
        code = tell(error)
    except (OSError, UnicodeEncodeError) as error:
        told = _too_long(error) or explained(error)
        if told is None:
            raise
        code = tell(told)
    sys.exit(flushed(code))


def _too_long(error: OSError | UnicodeEncodeError) -> MarketwakeError | None:
    """Wherever a path that was given is first looked at."""
    if not isinstance(error, OSError) or error.errno != ENAMETOOLONG:
        return None
    return BadInputError(f"{error.filename}: {error.strerror}", "Give a shorter path.")
