"""The commands for claims, and for one of one's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from marketwake.base.errors import BadInputError, DefinitionError, counted
from marketwake.base.own_files import write_new
from marketwake.base.text import closest, printable
from marketwake.cli.claims import claims
from marketwake.cli.console import say
from marketwake.cli.groups import FirstIsMeant
from marketwake.cli.kinds import refuse_another
from marketwake.cli.options import HERE, Root

if TYPE_CHECKING:
    import duckdb

    from marketwake.fact_check.evaluation import Judged

claims_app = typer.Typer(
    cls=FirstIsMeant,
    help="What was written, and the verdicts; and claims of your own.\n\n"
    "'claims' and 'claims a10 --lang zh' are short for 'claims show ...', which has --json, --lang "
    "and --sql.",
)
claims_app.command("show")(claims)


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
    asset: Annotated[
        str | None,
        typer.Option(help="Of which price; the one that the statement names, when left out."),
    ] = None,
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
    refuse_another(event, warehouse, "event")
    told = {"statement": _line(statement), "article": _line(article)}
    if empty := [option for option, text in told.items() if not text]:
        raise BadInputError(
            f"--{empty[0]}: it says nothing", "Write what was claimed, and by whom."
        )
    with Warehouse(warehouse).reader() as con:
        _demand_known(con, event=event, hours=str(hours))
        if asset is None:
            asset = _asset_of(con, told["statement"])
        _demand_known(con, asset=asset)
    file = warehouse / FOLDER / f"{name}.sql"
    write_new(file, claim_text(name, event, **told, says=says, asset=asset, hours=hours))
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


def _asset_of(con: "duckdb.DuckDBPyConnection", statement: str) -> str:
    """The one asset that the statement names; without one, which is meant can only be asked."""
    from marketwake.fact_check.own_claims import assets_named

    known = [str(row[0]) for row in con.execute(_KNOWN["asset"]).fetchall()]
    named = assets_named(statement, known)
    if len(named) == 1:
        return named[0]
    raise BadInputError(
        f"--statement: it names {' and '.join(named) or 'no price that is known here'}",
        f"Say of which price it is with --asset: one of {', '.join(known)}.",
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
    if not file.exists():
        refuse_another(str(file), warehouse, "claim file")
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
