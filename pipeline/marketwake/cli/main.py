"""The command line. Commands import what they need when they run: prefect, polars and the calendars
are slow to import.
"""

import sys
from errno import ENAMETOOLONG
from typing import Annotated, NoReturn, TextIO, cast

import typer

from marketwake.base.errors import BadInputError, MarketwakeError
from marketwake.cli import ask, load, own, panel, run, upkeep
from marketwake.cli.streams import Aside, explained, flushed, tell

app = typer.Typer(
    name="marketwake",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What did the market do after an event, and is what was written about it true?",
    epilog="Exit codes: 0 done · 1 unexpected · 2 wrong input · "
    "3 a source failed, rows were rejected or a part broke, the rest is published · "
    "4 landing or warehouse unusable · 5 data checks stopped the publishing · "
    "6 a file of the project is not well formed · "
    "7 status: something is stale, failed, overdue or held back · "
    "8 the Prefect server does not answer, or could not be started.",
)
for _group in (run, load, ask, own, panel, upkeep):
    app.add_typer(_group.app)


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
