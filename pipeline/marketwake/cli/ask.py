"""Commands that read the published warehouse."""

import json
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from marketwake.base.errors import NOT_WELL, BadInputError
from marketwake.cli import complete
from marketwake.cli.claims import query_of
from marketwake.cli.kinds import refuse_another
from marketwake.cli.options import ASK, HERE, STUDY, AsJson, Root, instant

app = typer.Typer()


Output = Annotated[
    str | None,
    typer.Option(
        "--output", "-o", help="table, tsv, csv, json, parquet, markdown or xlsx; else by --to."
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
        help="An event of seed.event, e.g. eo-401k; with --at, a name of your own or none.",
        autocompletion=complete.events,
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


@app.command(rich_help_panel=ASK)
def sql(
    query: Annotated[
        str | None,
        typer.Argument(
            help="A query, a command like .tables, a file in .sql, or - for standard input."
        ),
    ] = None,
    claim: Annotated[
        str | None,
        typer.Option(
            "--claim",
            help="Run the query of this claim, e.g. a10.",
            autocompletion=complete.claims,
        ),
    ] = None,
    output: Output = None,
    to: To = None,
    given: Given = None,
    warehouse: Root = HERE,
) -> None:
    """Ask the published warehouse; without a query, in a session.

    Nothing can be written to it, and no other file can be read.
    """
    from marketwake.cli.sql import query as ask
    from marketwake.cli.sql import session

    if claim is not None:
        if query is not None:
            raise BadInputError("a query and --claim were both given", "Give one of them.")
        query = query_of(claim, warehouse)
    elif query and re.fullmatch(r"[\w-]+", query):
        refuse_another(query, warehouse, "SQL")
    if query is None and sys.stdin.isatty():
        if output or to or given:
            raise BadInputError(
                "--output, --to and --set are for a query",
                "Give a query, or use .output in the session.",
            )
        session.converse(warehouse)
        return
    text = ask.query_text(query or "-")
    if not session.has_commands(text):
        ask.ask(warehouse, text, output, to, _pairs(given))
    elif to or given:
        raise BadInputError(
            "--to and --set are for a query", "Leave commands that begin with a dot away."
        )
    else:
        session.carry_out(warehouse, text, output)


@app.command("query", rich_help_panel=ASK)
def saved(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="Saved queries; without one, all are listed with their questions.",
            autocompletion=complete.queries,
        ),
    ] = None,
    output: Output = None,
    to: To = None,
    given: Given = None,
    warehouse: Root = HERE,
) -> None:
    """Run saved queries, or list them with the questions they answer."""
    from marketwake.cli.sql import query as ask
    from marketwake.cli.sql import saved as ask_saved

    if not names:
        ask_saved.list_questions()
    else:
        known = ask_saved.questions()
        for name in (name for name in names if name not in known):
            refuse_another(name, warehouse, "saved query")
        texts = {name: ask_saved.saved_query(name) for name in names}
        ask.ask(warehouse, texts, output, to, _pairs(given))


@app.command(rich_help_panel=STUDY)
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
    """What moved after an event, against what is normal, and how sure that is."""
    from marketwake.cli.show_scenario import show_scenario
    from marketwake.cli.show_study import show_study
    from marketwake.cli.study_json import study_json
    from marketwake.cli.study_view import StudyRequest
    from marketwake.warehouse.files import Warehouse

    if event is None and at is None and not scenario:
        raise BadInputError("nothing to study", "Name an event, e.g. eo-401k, or give --at.")
    if event and at is None:
        refuse_another(event, warehouse, "event")
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


@app.command(rich_help_panel=ASK)
def status(as_json: AsJson = False, warehouse: Root = HERE) -> None:
    """Freshness, gaps with reasons, rejects, last runs.

    Exit code 7: something is stale, failed, overdue or held back.
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


@app.command(rich_help_panel=ASK)
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

    if run:
        refuse_another(run, warehouse, "run")
    with Warehouse(warehouse).reader() as con:
        changed = changes(con, run)
    if as_json:
        typer.echo(json.dumps(changed.as_dict(), ensure_ascii=False, indent=1))
    else:
        from marketwake.cli.show_changes import show_changes

        show_changes(changed)


def _pairs(given: list[str] | None) -> dict[str, str]:
    pairs = [text.partition("=") for text in given or []]
    for name, equals, _ in pairs:
        if not equals:
            raise BadInputError(f"--set {name} has no value", "Write --set name=value.")
    return {name: value for name, _, value in pairs}
