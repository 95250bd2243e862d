"""Commands that read the published warehouse."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import HERE, AsJson, Root, instant
from pipeline.errors import NOT_WELL, BadInputError

app = typer.Typer()


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
        print_claims(warehouse, claim)


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
        show_study(con, event, instant(at), every_anchor=every_anchor)


@app.command()
def status(as_json: AsJson = False, warehouse: Root = HERE) -> None:
    """Freshness, gaps with reasons, rejects, last runs. Exit code 7: something is stale, failed or held back."""
    from pipeline.settings import read_settings
    from pipeline.status import read_status
    from pipeline.warehouse import reader

    with reader(warehouse) as con:
        found = read_status(con, warehouse, read_settings(warehouse).clock()())
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        from pipeline.show_status import show_status

        show_status(found)
    if found["problems"]:
        raise typer.Exit(NOT_WELL)


def print_claims(warehouse: Path, claim: str | None = None) -> None:
    """The claims table; with all figures of one claim when it is named. Raises BadInputError, WarehouseError."""
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
