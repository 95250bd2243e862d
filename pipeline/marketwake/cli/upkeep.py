"""Commands that keep the warehouse in order and safe."""

import json
from pathlib import Path
from typing import Annotated

import typer

from marketwake.base.errors import SourceError
from marketwake.cli.options import HERE, UPKEEP, AsJson, Root

app = typer.Typer()


@app.command(rich_help_panel=UPKEEP)
def doctor(as_json: AsJson = False) -> None:
    """Which sources work from here: each is asked for its smallest thing.

    It needs no warehouse and writes nothing. Exit code 3: some do not work.
    """
    from marketwake.base.settings import read_settings
    from marketwake.cli import show_doctor
    from marketwake.runs import doctor as run

    settings = read_settings(HERE)
    head = run.head(settings)
    if as_json:
        findings = run.examine(settings)
        typer.echo(json.dumps(run.as_json(head, findings), ensure_ascii=False, indent=1))
    else:
        show_doctor.head(head)
        findings = run.examine(settings, show_doctor.line)
        show_doctor.remedies(findings)
    failed = sum(not finding.works for finding in findings)
    if failed:
        raise SourceError(
            f"{failed} of {len(findings)} sources do not work from here",
            "What stands in the way, and what helps, is told of each.",
        )


@app.command(rich_help_panel=UPKEEP)
def backup(
    target: Annotated[
        Path,
        typer.Argument(
            help="The archive (.zip), or a folder in which it gets a name with the instant."
        ),
    ],
    warehouse: Root = HERE,
) -> None:
    """Save everything that is kept in one verified archive.

    Landing, inbox, own events and claims, and the writer's file.
    """
    from marketwake.cli import show_upkeep
    from marketwake.runs.backup import backup as run

    path, manifest = run(warehouse, target)
    show_upkeep.saved(path, manifest)


@app.command(rich_help_panel=UPKEEP)
def restore(
    archive: Annotated[Path, typer.Argument(help="An archive that backup wrote.")],
    warehouse: Root = HERE,
) -> None:
    """Unpack an archive, verified, into a new or empty folder, and publish it."""
    from marketwake.cli import show_upkeep
    from marketwake.runs.backup import restore as run

    show_upkeep.restored(warehouse, run(archive, warehouse))


@app.command(rich_help_panel=UPKEEP)
def move(
    back: Annotated[
        bool, typer.Option("--back", help="From the lake into the folder's files.")
    ] = False,
    warehouse: Root = HERE,
) -> None:
    """Copy the warehouse into the lake that the settings name, and publish it there.

    Every version comes along, and what is copied stays where it was.
    """
    from marketwake.cli import show_upkeep
    from marketwake.runs.move import move as run

    show_upkeep.moved(run(warehouse, back=back), back=back)


@app.command(rich_help_panel=UPKEEP)
def verify(warehouse: Root = HERE) -> None:
    """Read back everything that is kept, and name what is damaged.

    Exit code 4 where something is.
    """
    from marketwake.cli import show_upkeep
    from marketwake.runs.verify import verify as run

    with show_upkeep.reading() as watch:
        done = run(warehouse, watch)
    show_upkeep.verified(done)


@app.command(rich_help_panel=UPKEEP)
def vacuum(
    keep_days: Annotated[
        int, typer.Option(help="Versions superseded longer ago than this are removed.")
    ],
    dataset: Annotated[
        list[str] | None,
        typer.Option(help="A raw table, e.g. spot_bar; may be repeated. All of them by default."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and remove nothing.")] = False,
    warehouse: Root = HERE,
) -> None:
    """Remove old superseded versions.

    Current ones stay, and as_known_at refuses what it can no longer answer.
    """
    from marketwake.cli import show_upkeep
    from marketwake.runs.vacuum import vacuum as run

    show_upkeep.vacuumed(run(warehouse, keep_days, dataset or [], dry_run=dry_run), dry_run=dry_run)
