"""The command that opens the pages."""

import webbrowser
from typing import Annotated

import typer

from marketwake.cli import complete
from marketwake.cli.options import ASK, HERE, Root

app = typer.Typer()


@app.command("open", rich_help_panel=ASK)
def open_page(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="EVENT",
            help="An event, or a claim on its page; the index of all when left out.",
            autocompletion=complete.events,
        ),
    ] = None,
    language: Annotated[str, typer.Option("--lang", help="en or zh.")] = "en",
    warehouse: Root = HERE,
) -> None:
    """Open the pages in a browser, and print where they are."""
    from marketwake.base.errors import BadInputError
    from marketwake.base.figure_text import LANGUAGES
    from marketwake.base.text import closest
    from marketwake.cli.console import say
    from marketwake.cli.kinds import refuse_another
    from marketwake.report.files import INDEX, page_file
    from marketwake.warehouse.files import Warehouse

    chosen = next((code for code in LANGUAGES if code == language), None)
    if chosen is None:
        known = ", ".join(LANGUAGES)
        raise BadInputError(f"--lang: there is no language '{language}'", f"Known: {known}.")
    place = Warehouse(warehouse)
    reports, wanted, within = place.reports.absolute(), name or INDEX, ""
    page = page_file(reports, wanted, chosen)
    if not page.is_file() and place.is_published():
        with place.reader() as con:
            query = "select event from mart.claim where claim = ?"
            for (event,) in con.execute(query, [wanted]).fetchall():
                page, within = page_file(reports, event, chosen), f"#{wanted}"
    if not page.is_file():
        refuse_another(wanted, warehouse, "event", "claim")
        held = sorted(path.stem for path in reports.glob("*.html") if "." not in path.stem)
        raise BadInputError(
            f"there is no page {page}",
            f"{closest(wanted, held)}There are: {', '.join(held)}."
            if held
            else "Run `marketwake demo` or `marketwake nightly` first.",
        )
    say(f"{page}{within}")
    webbrowser.open(f"{page.as_uri()}{within}")
