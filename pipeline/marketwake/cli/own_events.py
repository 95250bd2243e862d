"""The commands for events, and for one of one's own."""

import json
from datetime import datetime
from typing import Annotated, cast

import typer

from marketwake.base.errors import BadInputError
from marketwake.base.own_files import write_new
from marketwake.base.text import closest, printable
from marketwake.cli import complete
from marketwake.cli.console import say
from marketwake.cli.groups import FirstIsMeant
from marketwake.cli.kinds import refuse_another
from marketwake.cli.options import HERE, Root, instant
from marketwake.cli.show_rebuilt import rebuilt

events_app = typer.Typer(
    cls=FirstIsMeant,
    help="Events: which there are, and one of your own.\n\n"
    "'events' and 'events eo-401k' are short for 'events list ...'.",
)


@events_app.command("list")
def list_events(
    event: Annotated[
        str | None,
        typer.Argument(help="One event; all when left out.", autocompletion=complete.events),
    ] = None,
    warehouse: Root = HERE,
) -> None:
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
    if event is not None:
        there = [cells[0] for cells in rows]
        rows = [cells for cells in rows if cells[0] == event]
        if not rows:
            refuse_another(event, warehouse, "event")
            meant = closest(event, [*there, "list", "add"])
            raise BadInputError(
                f"there is no event '{event}'", f"{meant}Known: {', '.join(there)}."
            )
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
    write_new(file, text)
    say(f"{file} is written: more anchors, and other news near them, can be added there.")
    if Warehouse(warehouse).exists():
        rebuilt(warehouse)
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


def _quoted(text: str) -> str:
    """A text of TOML, which quotes as JSON does."""
    return json.dumps(printable(text), ensure_ascii=False)
