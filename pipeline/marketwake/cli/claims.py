"""The command that shows claims, and the query of one."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from marketwake.base.errors import BadInputError
from marketwake.base.text import closest
from marketwake.cli import complete
from marketwake.cli.kinds import refuse_another
from marketwake.cli.options import HERE, AsJson, Root


def claims(
    claim: Annotated[
        str | None,
        typer.Argument(
            help="One claim, with its figures and their rows, e.g. a10.",
            autocompletion=complete.claims,
        ),
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
        typer.echo(query_of(claim, warehouse))
    elif as_json:
        from marketwake.fact_check.reading import read_claims
        from marketwake.warehouse.files import Warehouse

        with Warehouse(warehouse).reader() as con:
            chosen = _chosen(read_claims(con), claim, warehouse)
        typer.echo(json.dumps(chosen, ensure_ascii=False, indent=1))
    else:
        _print_claims(warehouse, claim, lang)


def _print_claims(warehouse: Path, claim: str | None = None, lang: str = "en") -> None:
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
        chosen = _chosen(read_claims(con), claim, warehouse)
    if claim is None:
        show_claims(chosen, language)
    else:
        show_claim(chosen[0], language)


def query_of(claim: str | None, warehouse: Path) -> str:
    """The select of a claim file, of the project or of one's own. Raises BadInputError."""
    from marketwake.fact_check import own_claims
    from marketwake.fact_check.claim_file import read_claim
    from marketwake.fact_check.evaluation import FOLDER

    folders = (warehouse / own_claims.FOLDER, FOLDER)
    known = {path.stem: path for folder in folders for path in folder.glob("*.sql")}
    if claim not in known:
        raise _no_claim(claim, known, warehouse)
    return read_claim(known[claim]).select


def _chosen(
    judged: list[dict[str, Any]], claim: str | None, warehouse: Path
) -> list[dict[str, Any]]:
    chosen = [row for row in judged if claim in (None, row["id"])]
    if claim is not None and not chosen:
        raise _no_claim(claim, [row["id"] for row in judged], warehouse)
    return chosen


def _no_claim(claim: str | None, known: Iterable[str], warehouse: Path) -> BadInputError:
    if claim is None:
        return BadInputError("no claim is named", "Name one, e.g. `marketwake claims a10 --sql`.")
    refuse_another(claim, warehouse, "claim")
    # What is no claim may have been meant for a command.
    meant = closest(claim, [*sorted(known), "show", "new", "check"])
    return BadInputError(f"there is no claim '{claim}'", f"{meant}`marketwake claims` lists them.")
