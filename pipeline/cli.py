"""The command line. Commands import what they need when they run: prefect, polars and the calendars are slow to import."""

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from pipeline.errors import BadInputError, MarketwakeError

if TYPE_CHECKING:
    from pipeline.outcome import Outcome

app = typer.Typer(
    name="marketwake",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What did the market do after an event, and is what was written about it true?",
    epilog="Exit codes: 0 done · 1 unexpected · 2 wrong input · 3 a source failed or rows were rejected, the rest is published · "
    "4 landing or warehouse unusable · 5 data checks stopped the publishing · 6 a file of the project is not well formed.",
)
export_app = typer.Typer(no_args_is_help=True, help="Write parts of the warehouse as files.")
app.add_typer(export_app, name="export")

Root = Annotated[Path, typer.Option("--warehouse", envvar="MARKETWAKE_WAREHOUSE", help="Folder of the warehouse.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
HERE = Path("warehouse")


def main() -> NoReturn:
    """Run the command line; a failure prints what was wrong and what to do, without a traceback."""
    try:
        app(standalone_mode=True)
    except MarketwakeError as error:
        print(f"error: {error.what}\n{error.fix}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    sys.exit(0)


@app.command()
def demo(warehouse: Root = HERE) -> None:
    """The whole job on the bundled sample: load, build, study, judge, report."""
    from pipeline import show

    show.say("marketwake demo: the nightly flow on the bundled sample of real figures (no network is used)")
    outcome = _nightly("sample", warehouse, None)
    _claims(warehouse)
    show.outcome(outcome, warehouse)
    show.say("This ran on the bundled sample, cut to the summer of 2025 and the precedents.")


@app.command()
def nightly(
    source: Annotated[str, typer.Option(help="Where figures come from: live, sample or archive.")] = "live",
    archive: Annotated[Path | None, typer.Option(help="Folder of recorded files, for --source archive.")] = None,
    warehouse: Root = HERE,
) -> None:
    """One run: fetch, load, build, study, check, publish, report."""
    from pipeline import show

    show.outcome(_nightly(source, warehouse, archive), warehouse)


@app.command()
def replay(warehouse: Root = HERE) -> None:
    """Rebuild the warehouse from landing alone."""
    from pipeline import show

    with show.progress("replaying landing"):
        from pipeline.replay import replay as run

        loads = run(warehouse)
    show.say(f"{len(loads)} payloads replayed: {sum(one.new for one in loads)} new rows, {sum(one.restated for one in loads)} restated.")


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="A query, or the name of a file that ends in .sql.")],
    output: Annotated[str, typer.Option("--output", "-o", help="table, csv or json.")] = "table",
    warehouse: Root = HERE,
) -> None:
    """Ask the published warehouse; nothing can be written and no other file read."""
    from pipeline import ask

    ask.ask(warehouse, query, output)


@app.command()
def claims(
    claim: Annotated[str | None, typer.Argument(help="One claim, with all its figures, e.g. a01.")] = None,
    as_json: AsJson = False,
    warehouse: Root = HERE,
) -> None:
    """What the articles claim, and the verdicts."""
    if as_json:
        from pipeline.claims import read_claims
        from pipeline.warehouse import reader

        with reader(warehouse) as con:
            found = [one for one in read_claims(con) if claim in (None, one["id"])]
        typer.echo(json.dumps(_known(found, claim), ensure_ascii=False, indent=1))
    else:
        _claims(warehouse, claim)


@app.command()
def study(
    event: Annotated[str, typer.Argument(help="An event of seed.event, e.g. eo-401k; with --at, a name of your own.")],
    at: Annotated[str | None, typer.Option(help="Study this instant instead, e.g. 2025-08-07T16:00Z.")] = None,
    every_anchor: Annotated[bool, typer.Option("--every-anchor", help="Also those that cannot be meant by 'after the event'.")] = False,
    warehouse: Root = HERE,
) -> None:
    """What moved in the windows after an event, against what is usual."""
    from pipeline.show_study import show_study
    from pipeline.warehouse import reader

    with reader(warehouse) as con:
        show_study(con, event, _instant(at), every_anchor=every_anchor)


@app.command()
def status(as_json: AsJson = False, warehouse: Root = HERE) -> None:
    """Rows and versions per table, gaps, rejects, last runs."""
    from pipeline.status import read_status
    from pipeline.warehouse import reader

    with reader(warehouse) as con:
        found = read_status(con)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        from pipeline import show

        show.status(found)


@export_app.command("sample")
def export_sample(
    target: Annotated[Path, typer.Argument(help="Folder to write the CSV files to.")],
    warehouse: Root = HERE,
) -> None:
    """The figures that the claims need, as the CSV files of the bundled sample."""
    from pipeline import show
    from pipeline.export import export_sample as run
    from pipeline.warehouse import reader

    with reader(warehouse) as con:
        show.written(run(con, target))


def _instant(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadInputError(f"'{text}' is no instant", "Write it like 2025-08-07T16:00Z.") from error


def _nightly(source: str, warehouse: Path, archive: Path | None) -> "Outcome":
    from pipeline import show
    from pipeline.shutdown import quiet_shutdown
    from pipeline.sources import check_source

    quiet_shutdown()
    check_source(source, archive)  # refuses wrong names before Prefect spends its seconds on starting
    # Prefect's own defaults are for a server that is there: 20 s are too short for one that must first migrate its database.
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    with show.progress("running the nightly flow (Prefect takes some seconds to start)"):
        from flows.nightly import nightly as flow

        return flow(source, warehouse.absolute(), archive.absolute() if archive else None)


def _claims(warehouse: Path, claim: str | None = None) -> None:
    from pipeline import show
    from pipeline.claims import read_claims
    from pipeline.warehouse import reader

    with reader(warehouse) as con:
        found = _known([one for one in read_claims(con) if claim in (None, one["id"])], claim)
    show.claims(found, with_figures=claim is not None)


def _known(found: list[dict[str, object]], claim: str | None) -> list[dict[str, object]]:
    if not found:
        raise BadInputError(f"there is no claim '{claim}'", "`marketwake claims` lists them.")
    return found
