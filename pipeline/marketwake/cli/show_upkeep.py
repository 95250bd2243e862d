"""What upkeep did, on the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from marketwake.base.errors import WarehouseError, counted
from marketwake.cli.console import plain, put, say
from marketwake.cli.show import bars, heading, listing

if TYPE_CHECKING:
    from marketwake.runs.archive import Manifest
    from marketwake.runs.vacuum import Vacuumed
    from marketwake.runs.verify import Verified, Watch


def saved(path: Path, manifest: "Manifest") -> None:
    """An archive that was written and read back."""
    say(f"{path}: {path.stat().st_size:,} bytes, read back and verified: {_content(manifest)}")


def restored(root: Path, manifest: "Manifest") -> None:
    """An archive that was unpacked, and what to do next."""
    say(
        f"{root}: restored as of {manifest.made_at:%Y-%m-%d %H:%M} UTC, "
        f"every file verified: {_content(manifest)}"
    )
    if manifest.rows:
        say("Published. The next nightly run writes the report pages.")
    else:
        say("The archive holds landing alone: `marketwake replay` rebuilds the warehouse from it.")


def moved(rows: dict[str, int], *, back: bool) -> None:
    """Rows per raw table that were copied, and what to do next."""
    raw = {name: count for name, count in rows.items() if name.startswith("raw.") and count}
    listing("Copied", ("table", "versions"), [(n, f"{c:,}") for n, c in raw.items()], len(raw))
    if back:
        say("Published here. Take warehouse_url out of the settings: until then the lake is asked.")
    else:
        say("Published in the lake, which every command asks from now on. The files stay here.")


def vacuumed(tables: "list[Vacuumed]", *, dry_run: bool) -> None:
    """Versions per raw table that went, or would go, and those that stay."""
    counts = ("would be removed" if dry_run else "removed", "kept")
    shown = plain("table", *counts, right=counts)
    for table in tables:
        shown.add_row(table.dataset, f"{table.removed:,}", f"{table.kept:,}")
    heading("Superseded versions")
    put(shown)
    refused = ", ".join(table.dataset for table in tables if table.removed)
    if refused:
        verb = "would refuse" if dry_run else "refuses"
        say(
            f"as_known_at {verb} instants before "
            f"{tables[0].horizon:%Y-%m-%d %H:%M:%S} UTC for {refused}."
        )


@contextmanager
def reading() -> Iterator["Watch"]:
    """A bar for each thing that is read back; they go when all of it was."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with bars(*columns, transient=True) as progress:
        tasks = dict[str, TaskID]()

        def watch(name: str, done: int, of: int) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=of)
            progress.update(tasks[name], completed=done)

        yield watch


def verified(done: "Verified") -> None:
    """What was read back. Raises WarehouseError, which names what is damaged."""
    say(
        f"read back: {done.receipts:,} receipts, {done.payloads:,} payloads, the tables, "
        f"{counted(done.copies, 'published file')}"
    )
    if done.damages:
        raise WarehouseError(
            f"{counted(len(done.damages), 'thing')} damaged:\n"
            + "\n".join(f"  {damage.text}" for damage in done.damages),
            "Nothing was changed. Mend what landing lacks before what is made from it.",
        )
    say("All of it is what was written.")


def _content(manifest: "Manifest") -> str:
    rows = sum(count for name, count in manifest.rows.items() if name.startswith("raw."))
    return (
        f"{len(manifest.members):,} files, {rows:,} rows of raw tables, "
        f"marketwake {manifest.program}"
    )
