"""Commands for events and claims of one's own: files below the folder of the warehouse."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from marketwake.base.errors import BadInputError, DefinitionError, counted
from marketwake.base.text import closest, printable
from marketwake.cli.claims import claims
from marketwake.cli.console import quiet, say
from marketwake.cli.groups import FirstIsMeant
from marketwake.cli.options import ASK, HERE, OWN, Quiet, Root, instant

if TYPE_CHECKING:
    import duckdb

    from marketwake.fact_check.evaluation import Judged

app = typer.Typer()


events_app = typer.Typer(cls=FirstIsMeant, help="Events: which there are, and one of your own.")
claims_app = typer.Typer(
    cls=FirstIsMeant,
    help="What was written, and the verdicts; and claims of your own.\n\n"
    "'claims' and 'claims a10 --lang zh' are short for 'claims show ...', which has --json, --lang "
    "and --sql.",
)
app.add_typer(events_app, name="events", rich_help_panel=OWN)
app.add_typer(claims_app, name="claims", rich_help_panel=ASK)
claims_app.command("show")(claims)


@events_app.command("list")
def list_events(warehouse: Root = HERE) -> None:
    """Every event: its anchors, where it comes from, its claims and its page."""
    from rich.markup import escape

    from marketwake.cli import show
    from marketwake.warehouse.files import Warehouse

    place = Warehouse(warehouse)
    with place.reader() as con:
        known = con.execute(_EVENTS).fetchall()
    rows = [
        (*cells, "yes" if (place.reports / f"{cells[0]}.html").is_file() else "no")
        for cells in known
    ]
    files = {path.stem: path for path in (warehouse / "events").glob("*.toml")}
    rows += [
        (name, "", f"events/{name}.toml: not taken in yet, run marketwake rebuild", "", "no")
        for name in sorted(files.keys() - {cells[0] for cells in known})
    ]
    names = ("event", "anchors", "from", "claims", "page")
    told = [tuple(escape(str(cell)) for cell in row) for row in rows]
    show.listing("Events", names, told, longest=len(told))


_EVENTS = """
select
    event,
    (
        select string_agg(anchor, ', ' order by nominal_at, anchor)
        from seed.anchor as clock
        where clock.event = known.event
    ),
    coalesce(own.file, 'the project'),
    (select count(*) from mart.claim as claim where claim.event = known.event)
from seed.event as known
left join ops.own_event as own using (event)
order by own.file nulls first, event
"""


@events_app.command("add")
def add_event(
    name: Annotated[str, typer.Argument(help="Short name, e.g. fomc-2025-07: its page has it.")],
    at: Annotated[str, typer.Option(help="When it was known, e.g. 2025-07-30T18:00Z.")],
    title: Annotated[str, typer.Option(help="What happened, in words.")],
    source: Annotated[str, typer.Option(help="The document that says so.")],
    clock: Annotated[
        str, typer.Option("--anchor", help="What happened at that instant, e.g. release.")
    ] = "event",
    kind: Annotated[str, typer.Option(help="policy, macro, market, precedent or other.")] = "other",
    warehouse: Root = HERE,
) -> None:
    """Write events/NAME.toml, and study the event. More anchors: edit the file, then rebuild."""
    from marketwake.base.clock import asked_instant
    from marketwake.base.seeds import seed_rows
    from marketwake.warehouse.files import Warehouse
    from marketwake.warehouse.own_events import FOLDER, NAME, event_of

    if not NAME.fullmatch(name) or any(row["event"] == name for row in seed_rows("event")):
        raise BadInputError(
            f"NAME: '{name}' cannot be the name of an event of yours",
            "Use small letters, digits and '-', and no name that `marketwake events` lists.",
        )
    known_at = asked_instant(cast("datetime", instant("--at", at))).isoformat()
    texts = {"event": name, "name": title, "kind": kind, "source": source}
    lines = [f"{key} = {_quoted(value)}" for key, value in texts.items()]
    text = "\n".join(
        [*lines, "", _ANCHOR.format(anchor=_quoted(clock), at=known_at.replace("+00:00", "Z"))]
    )
    file = Warehouse(warehouse).root / FOLDER / f"{name}.toml"
    event_of(file, text)
    _write_new(file, text)
    say(f"{file} is written: more anchors, and other news near them, can be added there.")
    if Warehouse(warehouse).file.exists():
        rebuild(warehouse=warehouse)
        if not (Warehouse(warehouse).reports / f"{name}.html").exists():
            say("Nothing is held around this instant, so that there is no page of it yet.")
    else:
        say("The first run takes it in.")


_ANCHOR = """[[anchor]]
anchor = {anchor}
at = {at}
# earliest and latest where the instant is not sure; votes = false for one that no "after" can mean
precision = "minute"
note = "when it was known"
how_seen = "in full"
"""


@claims_app.command("new")
def new_claim(
    name: Annotated[str, typer.Argument(help="Short name, e.g. btc-fell.")],
    event: Annotated[str, typer.Option(help="An event, e.g. fomc-2025-07.")],
    statement: Annotated[str, typer.Option(help="What was written, in a sentence.")],
    article: Annotated[str, typer.Option(help="Who wrote it, and when.")],
    says: Annotated[
        Literal["open", "fell", "rose"],
        typer.Option(help="What it says of the price; open: you write the vote."),
    ] = "open",
    asset: Annotated[str, typer.Option(help="Of which price.")] = "BTC",
    hours: Annotated[int, typer.Option(min=1, help="After how many hours.")] = 24,
    warehouse: Root = HERE,
) -> None:
    """Write claims/NAME.sql, which asks whether a price fell or rose after an event: to be edited.

    With --says fell or rose it can be judged as it is; without, it is not testable until you write
    what bears it out.
    """
    from marketwake.fact_check.evaluation import FOLDER as PROJECT
    from marketwake.fact_check.own_claims import FOLDER, NAME, claim_text
    from marketwake.warehouse.files import Warehouse

    if not NAME.fullmatch(name) or (PROJECT / f"{name}.sql").exists():
        raise BadInputError(
            f"NAME: '{name}' cannot be the name of a claim of yours",
            "Use small letters, digits and '-', and no name that `marketwake claims` lists.",
        )
    with Warehouse(warehouse).reader() as con:
        _demand_known(con, event=event, asset=asset, hours=str(hours))
    told = {"statement": _line(statement), "article": _line(article)}
    if empty := [option for option, text in told.items() if not text]:
        raise BadInputError(
            f"--{empty[0]}: it says nothing", "Write what was claimed, and by whom."
        )
    file = warehouse / FOLDER / f"{name}.sql"
    _write_new(file, claim_text(name, event, **told, says=says, asset=asset, hours=hours))
    unjudged = " It cannot be judged until you write its vote." if says == "open" else ""
    say(
        f"{file} asks about {asset} over {counted(hours, 'hour')}.{unjudged} Edit it, see what it "
        f"says with marketwake claims check {name}, and put it on its page with marketwake rebuild."
    )


_KNOWN = {
    "event": "select event from seed.event order by event",
    "asset": "select distinct instrument from mart.event_response where measure = 'return' "
    "order by instrument",
    "hours": "select distinct window_length from mart.event_response where measure = 'return' "
    "and window_unit = 'hour' order by window_length",
}
"""Which values an option of `claims new` may have."""


def _demand_known(con: "duckdb.DuckDBPyConnection", **given: str) -> None:
    for option, value in given.items():
        names = [str(row[0]) for row in con.execute(_KNOWN[option]).fetchall()]
        if value not in names:
            raise BadInputError(
                f"--{option}: there is no event '{value}'"
                if option == "event"
                else f"--{option}: nothing is computed for '{value}'",
                f"{closest(value, names)}Known: {', '.join(names)}.",
            )


def _line(text: str) -> str:
    return printable(" ".join(text.split()))


@claims_app.command("check")
def check_claim(
    file: Annotated[Path, typer.Argument(help="A claim file, or the name of a claim of yours.")],
    warehouse: Root = HERE,
) -> None:
    """What a claim file would say of the published figures; exit code 6 where it may not run."""
    import duckdb

    from marketwake.cli.show_claims import show_claim
    from marketwake.cli.sql.query import asking
    from marketwake.fact_check.evaluation import FOLDER as PROJECT
    from marketwake.fact_check.evaluation import MOST_MEMORY, bounded, judged_claim
    from marketwake.fact_check.own_claims import FOLDER, read_own

    own = warehouse / FOLDER / f"{file}.sql"
    if not file.exists() and own.is_file():
        file = own
    if (PROJECT / file.name).exists() and file.absolute().parent != PROJECT:
        raise DefinitionError(
            f"{file}: the project has a claim '{file.stem}'", "Give yours another name."
        )
    with asking(warehouse, memory=MOST_MEMORY) as con, bounded(con, file):
        claim = read_own(con, file)
        try:
            found = judged_claim(con, claim)
        except (duckdb.InterruptException, duckdb.OutOfMemoryException):
            raise
        except duckdb.Error as error:
            raise claim.wrong(str(error)) from error
    show_claim(_as_read(found), "en")


def _as_read(found: "Judged") -> dict[str, Any]:
    """As `read_claims` gives a claim."""
    claim = found.claim
    place = {
        key: (number, part.definitions[key])
        for number, part in enumerate(claim.parts, start=1)
        for key in part.definitions
    }
    figures = [
        vars(row) | dict(zip(("part", "definition"), place[row.definition], strict=True))
        for row in found.figures
    ]
    parts = [
        vars(finding) | {"says": part.says, "reason": said[0], "first_verdict": part.first}
        for part, finding, said in found.parts
    ]
    evidence = [
        vars(row) | {"recorded_at": row.recorded_at and row.recorded_at.isoformat()}
        for row in found.evidence
    ]
    return vars(claim) | {
        "id": claim.claim,
        "parts": parts,
        "figures": figures,
        "evidence": evidence,
    }


@app.command(rich_help_panel=OWN)
def rebuild(say_nothing: Quiet = False, warehouse: Root = HERE) -> None:
    """Take in your own events and claims: their studies, verdicts and pages."""
    from marketwake.cli import show

    with quiet(say_nothing):
        with show.progress("rebuilding"):
            from marketwake.runs import rebuild as run

            result = run.rebuild(warehouse.absolute())
        show.result(result, warehouse)
        for page in result.pages:
            if (warehouse / "events" / f"{page.stem}.toml").is_file():
                say(f"own event: {page}")


def _write_new(file: Path, text: str) -> None:
    from marketwake.base.atomic import write_atomically

    if file.exists():
        raise BadInputError(f"{file} exists", "Edit it, or choose another name.")
    write_atomically(file, text.encode())


def _quoted(text: str) -> str:
    """A text of TOML, which quotes as JSON does."""
    return json.dumps(printable(text), ensure_ascii=False)
