"""Events and claims of one's own: files below the folder of the warehouse."""

import typer

from marketwake.cli.console import quiet
from marketwake.cli.options import ASK, HERE, OWN, Quiet, Root
from marketwake.cli.own_claims import claims_app
from marketwake.cli.own_events import events_app
from marketwake.cli.show_rebuilt import rebuilt

app = typer.Typer()
app.add_typer(events_app, name="events", rich_help_panel=OWN)
app.add_typer(claims_app, name="claims", rich_help_panel=ASK)


@app.command(rich_help_panel=OWN)
def rebuild(say_nothing: Quiet = False, warehouse: Root = HERE) -> None:
    """Take in your own events and claims: their studies, verdicts and pages."""
    with quiet(say_nothing):
        rebuilt(warehouse)
