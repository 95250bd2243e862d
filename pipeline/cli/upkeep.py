"""Commands that keep the warehouse in order, or write parts of it as files."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import HERE, Root

app = typer.Typer()
export_app = typer.Typer(no_args_is_help=True, help="Write parts of the warehouse as files.")
app.add_typer(export_app, name="export")


@export_app.command("sample")
def export_sample(
    target: Annotated[Path, typer.Argument(help="Folder to write the CSV files to.")],
    warehouse: Root = HERE,
) -> None:
    """The figures that the claims need, as the CSV files of the bundled sample."""
    from pipeline import show
    from pipeline.export import export_sample as run
    from pipeline.warehouse import reader

    with reader(warehouse) as con:
        show.written(run(con, target))
