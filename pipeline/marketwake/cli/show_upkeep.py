"""What upkeep did, on the terminal."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from marketwake.cli.show import out, say

if TYPE_CHECKING:
    from marketwake.runs.backup import Manifest
    from marketwake.runs.vacuum import Vacuumed


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


def vacuumed(tables: "list[Vacuumed]", *, dry_run: bool) -> None:
    """Versions per raw table that went, or would go, and those that stay."""
    shown = Table(title="Superseded versions", title_justify="left")
    shown.add_column("table")
    for name in ("would be removed" if dry_run else "removed", "kept"):
        shown.add_column(name, justify="right")
    for table in tables:
        shown.add_row(table.dataset, f"{table.removed:,}", f"{table.kept:,}")
    out.print(shown)
    refused = ", ".join(table.dataset for table in tables if table.removed)
    if refused:
        verb = "would refuse" if dry_run else "refuses"
        say(
            f"as_known_at {verb} instants before "
            f"{tables[0].horizon:%Y-%m-%d %H:%M:%S} UTC for {refused}."
        )


def _content(manifest: "Manifest") -> str:
    rows = sum(count for name, count in manifest.rows.items() if name.startswith("raw."))
    return (
        f"{len(manifest.members):,} files, {rows:,} rows of raw tables, "
        f"marketwake {manifest.program}"
    )
