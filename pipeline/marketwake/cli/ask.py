"""Commands that read the published warehouse."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from marketwake.base.errors import NOT_WELL, BadInputError
from marketwake.cli.options import HERE, AsJson, Root, instant

app = typer.Typer()


Output = Annotated[
    str | None,
    typer.Option(
        "--output", "-o", help="table, csv, json, parquet or markdown; else by the ending of --to."
    ),
]
To = Annotated[
    Path | None, typer.Option("--to", help="Write into this file instead of the terminal.")
]
Given = Annotated[
    list[str] | None,
    typer.Option("--set", help="Value of a $name in the query, as name=value; may be repeated."),
]
Event = Annotated[
    str | None,
    typer.Argument(
        help="An event of seed.event, e.g. eo-401k; with --at, a name of your own or none."
    ),
]
At = Annotated[str | None, typer.Option(help="Study this instant instead, e.g. 2025-08-07T16:00Z.")]
AsKnownAt = Annotated[
    str | None, typer.Option(help="Use only what could be known at this instant.")
]
Model = Annotated[
    str, typer.Option(help="Expected return: constant_mean, market_model or market_adjusted.")
]
Venue = Annotated[
    str | None,
    typer.Option(help="Spot venue to show; the first of seed.venue that has bars without it."),
]
Instrument = Annotated[
    str | None, typer.Option(help="Show one only, e.g. ETH, or any market held, e.g. SOL/USD.")
]
Hours = Annotated[int, typer.Option(help="Window of the hourly measures.")]
EveryAnchor = Annotated[
    bool,
    typer.Option("--every-anchor", help="Also those that cannot be meant by 'after the event'."),
]
Full = Annotated[bool, typer.Option("--full", help="All tables: every window, venue and model.")]
Scenario = Annotated[
    bool,
    typer.Option(
        "--scenario", help="What plan money would be beside the market, instead of a study."
    ),
]


@app.command()
def sql(
    query: Annotated[
        str | None,
        typer.Argument(help="A query, a file that ends in .sql, or - for standard input."),
    ] = None,
    claim: Annotated[
        str | None, typer.Option("--claim", help="Run the query of this claim, e.g. a10.")
    ] = None,
    output: Output = None,
    to: To = None,
    given: Given = None,
    warehouse: Root = HERE,
) -> None:
    """Ask the published warehouse; without a query, in a session. Nothing can be written to it and
    no other file read.
    """
    if claim is not None:
        if query is not None:
            raise BadInputError("a query and --claim were both given", "Give one of them.")
        query = _query_of(claim, warehouse)
    if query is None and sys.stdin.isatty():
        if output or to or given:
            raise BadInputError(
                "--output, --to and --set are for a query",
                "Give a query, or use .output in the session.",
            )
        from marketwake.cli.sql.session import converse

        converse(warehouse)
        return
    from marketwake.cli.sql import query as ask

    ask.ask(warehouse, ask.query_text(query or "-"), output, to, _pairs(given))


@app.command("query")
def saved(
    name: Annotated[
        str | None,
        typer.Argument(help="A saved query; without one, all are listed with their questions."),
    ] = None,
    output: Output = None,
    to: To = None,
    given: Given = None,
    warehouse: Root = HERE,
) -> None:
    """Run a saved query, or list them with the questions they answer."""
    from marketwake.cli.sql import query as ask
    from marketwake.cli.sql import saved as ask_saved

    if name is None:
        ask_saved.list_questions()
    else:
        ask.ask(warehouse, ask_saved.saved_query(name), output, to, _pairs(given))


def claims(
    claim: Annotated[
        str | None, typer.Argument(help="One claim, with its figures and their rows, e.g. a10.")
    ] = None,
    as_json: AsJson = False,
    lang: Annotated[str, typer.Option(help="en or zh.")] = "en",
    as_sql: Annotated[
        bool, typer.Option("--sql", help="Print the query of the claim, ready to run.")
    ] = False,
    warehouse: Root = HERE,
) -> None:
    """What was written, and the verdicts."""
    if as_sql:
        typer.echo(_query_of(claim, warehouse))
    elif as_json:
        from marketwake.fact_check.reading import read_claims
        from marketwake.warehouse.files import Warehouse

        with Warehouse(warehouse).reader() as con:
            chosen = _chosen(read_claims(con), claim)
        typer.echo(json.dumps(chosen, ensure_ascii=False, indent=1))
    else:
        print_claims(warehouse, claim, lang)


@app.command()
def study(
    event: Event = None,
    at: At = None,
    as_known_at: AsKnownAt = None,
    model: Model = "constant_mean",
    venue: Venue = None,
    instrument: Instrument = None,
    hours: Hours = 24,
    every_anchor: EveryAnchor = False,
    full: Full = False,
    scenario: Scenario = False,
    as_json: AsJson = False,
    warehouse: Root = HERE,
) -> None:
    """What moved after an event, against what is normal, how sure that is, and what was written."""
    from marketwake.cli.show_scenario import show_scenario
    from marketwake.cli.show_study import StudyRequest, show_study
    from marketwake.cli.study_json import study_json
    from marketwake.warehouse.files import Warehouse

    if event is None and at is None and not scenario:
        raise BadInputError("nothing to study", "Name an event, e.g. eo-401k, or give --at.")
    request = StudyRequest(
        event or at or "",
        instant("--at", at),
        instant("--as-known-at", as_known_at),
        model,
        venue,
        instrument,
        hours,
        every_anchor=every_anchor,
        full=full,
    )
    with Warehouse(warehouse).reader() as con:
        if scenario:
            show_scenario(con)
        elif as_json:
            typer.echo(json.dumps(study_json(con, request), ensure_ascii=False, indent=1))
        else:
            show_study(con, request)


@app.command()
def status(as_json: AsJson = False, warehouse: Root = HERE) -> None:
    """Freshness, gaps with reasons, rejects, last runs. Exit code 7: something is stale, failed,
    overdue or held back.
    """
    from marketwake.base.settings import read_settings
    from marketwake.coverage.status import read_status
    from marketwake.warehouse.files import Warehouse

    with Warehouse(warehouse).reader() as con:
        state = read_status(con, warehouse, read_settings(warehouse).clock()())
    if as_json:
        typer.echo(json.dumps(state, ensure_ascii=False, indent=1))
    else:
        from marketwake.cli.show_status import show_status

        show_status(state)
    if state["problems"]:
        raise typer.Exit(NOT_WELL)


@app.command()
def changes(
    run: Annotated[
        str | None, typer.Argument(help="A run of ops.run; the newest when left out.")
    ] = None,
    as_json: AsJson = False,
    warehouse: Root = HERE,
) -> None:
    """What a run added, and every figure that it restated: old value, new value."""
    from marketwake.warehouse.changes import changes
    from marketwake.warehouse.files import Warehouse

    with Warehouse(warehouse).reader() as con:
        changed = changes(con, run)
    if as_json:
        typer.echo(json.dumps(changed.as_dict(), ensure_ascii=False, indent=1))
    else:
        from marketwake.cli.show_changes import show_changes

        show_changes(changed)


def print_claims(warehouse: Path, claim: str | None = None, lang: str = "en") -> None:
    """The claims table; one claim with its figures when it is named. Raises BadInputError,
    WarehouseError.
    """
    from marketwake.base.figure_text import LANGUAGES
    from marketwake.cli.show_claims import show_claim, show_claims
    from marketwake.fact_check.reading import read_claims
    from marketwake.warehouse.files import Warehouse

    language = next((known for known in LANGUAGES if known == lang), None)
    if language is None:
        raise BadInputError(f"there is no language '{lang}'", f"Choose {' or '.join(LANGUAGES)}.")
    with Warehouse(warehouse).reader() as con:
        chosen = _chosen(read_claims(con), claim)
    if claim is None:
        show_claims(chosen, language)
    else:
        show_claim(chosen[0], language)


def _query_of(claim: str | None, warehouse: Path) -> str:
    """The select of a claim file, of the project or of one's own. Raises BadInputError."""
    from marketwake.fact_check import own_claims
    from marketwake.fact_check.claim_file import read_claim
    from marketwake.fact_check.evaluation import FOLDER

    folders = (warehouse / own_claims.FOLDER, FOLDER)
    known = {path.stem: path for folder in folders for path in folder.glob("*.sql")}
    if claim not in known:
        raise BadInputError(f"there is no claim '{claim}'", "`marketwake claims` lists them.")
    return read_claim(known[claim]).select


def _chosen(judged: list[dict[str, Any]], claim: str | None) -> list[dict[str, Any]]:
    chosen = [row for row in judged if claim in (None, row["id"])]
    if not chosen:
        raise BadInputError(f"there is no claim '{claim}'", "`marketwake claims` lists them.")
    return chosen


def _pairs(given: list[str] | None) -> dict[str, str]:
    pairs = [text.partition("=") for text in given or []]
    for name, equals, _ in pairs:
        if not equals:
            raise BadInputError(f"--set {name} has no value", "Write --set name=value.")
    return {name: value for name, _, value in pairs}
