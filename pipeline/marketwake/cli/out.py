"""Commands that write parts of the warehouse as files, and one that makes a folder of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from marketwake.base.errors import counted
from marketwake.cli import complete
from marketwake.cli.groups import FirstIsMeant
from marketwake.cli.kinds import refuse_another
from marketwake.cli.options import HERE, OWN, UPKEEP, Root

app = typer.Typer()
export_app = typer.Typer(
    cls=FirstIsMeant, no_args_is_help=True, help="Write parts of the warehouse as files."
)
app.add_typer(export_app, name="export", rich_help_panel=UPKEEP)


@export_app.command("event")
def export_event(
    event: Annotated[
        str,
        typer.Argument(
            help="An event of seed.event, e.g. eo-401k.", autocompletion=complete.events
        ),
    ],
    to: Annotated[Path, typer.Option(help="A new folder, or one that this command has made.")],
    formats: Annotated[
        str, typer.Option("--format", help="Some of csv, parquet and xlsx, with commas between.")
    ] = "csv,parquet,xlsx",
    force: Annotated[
        bool,
        typer.Option("--force", help="Write among other files, and replace those of our names."),
    ] = False,
    warehouse: Root = HERE,
) -> None:
    """All that the answers about an event rest on: tables for Excel, pandas and others, what their
    columns mean, and the SQL that makes each again.
    """
    from marketwake.cli import show
    from marketwake.cli.console import say

    refuse_another(event, warehouse, "event")
    with show.progress("exporting"):
        from marketwake.cli.bundle import export_event as run

        done = run(warehouse, event, to, [name for name in formats.split(",") if name], force=force)
    rows = sum(table.rows for table in done.tables)
    say(
        f"{counted(len(done.tables), 'table')}, {rows:,} rows -> {done.folder} "
        "(its README.md says what is what)"
    )
    if done.empty:
        say(f"nothing is held around it for: {', '.join(done.empty)}")


@export_app.command("sample")
def export_sample(
    target: Annotated[Path, typer.Argument(help="Folder to write the CSV files to.")],
    warehouse: Root = HERE,
) -> None:
    """The figures that the claims need, as the CSV files of the bundled sample."""
    from marketwake.cli import show
    from marketwake.warehouse.export import export_sample as run
    from marketwake.warehouse.files import Warehouse

    with Warehouse(warehouse).reader() as con:
        show.written(run(con, target))


@app.command(rich_help_panel=OWN)
def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder, or one to complete.")],
) -> None:
    """Make a folder of your own: settings with comments, places for events and claims, and a README
    with the first commands.
    """
    from marketwake.cli.console import say
    from marketwake.cli.project import make_project

    made = make_project(folder)
    for path in made:
        say(f"made:      {path}")
    if made:
        say(f"Next: cd {folder}, then marketwake demo. Its README.md says more.")
    else:
        say(f"{folder} has everything already.")
