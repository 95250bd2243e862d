"""What upkeep did, on the terminal."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from marketwake.cli.show import out, say

if TYPE_CHECKING:
    from marketwake.landing.compaction import Packed
    from marketwake.runs.backup import Manifest
    from marketwake.runs.vacuum import Vacuumed


def saved(path: Path, manifest: "Manifest") -> None:
    """An archive that was written and read back."""
    say(f"{path}: {path.stat().st_size:,} bytes, read back and verified: {_content(manifest)}")


def restored(root: Path, manifest: "Manifest") -> None:
    """An archive that was unpacked, and what to do next."""
    say(
        f"{root}: restored as of {manifest.made_at:%Y-%m-%d %H:%M} UTC, every file verified: {_content(manifest)}"
    )
    if manifest.rows:
        say("Published. The next nightly run writes the report pages.")
    else:
        say("The archive holds landing alone: `marketwake replay` rebuilds the warehouse from it.")


def packed(found: "list[Packed]") -> None:
    """Packs that were written or completed."""
    for one in found:
        say(f"{one.path}: {one.receipts:,} receipts, {one.payloads:,} payloads, {one.size:,} bytes")
    if not found:
        say("Nothing to pack: what is loose landed this month.")


def vacuumed(found: "list[Vacuumed]", *, dry_run: bool) -> None:
    """Versions per raw table that went, or would go, and those that stay."""
    table = Table(title="Superseded versions", title_justify="left")
    table.add_column("table")
    for name in ("would be removed" if dry_run else "removed", "kept"):
        table.add_column(name, justify="right")
    for one in found:
        table.add_row(one.dataset, f"{one.removed:,}", f"{one.kept:,}")
    out.print(table)
    refused = ", ".join(one.dataset for one in found if one.removed)
    if refused:
        verb = "would refuse" if dry_run else "refuses"
        say(
            f"as_known_at {verb} instants before {found[0].horizon:%Y-%m-%d %H:%M:%S} UTC for {refused}."
        )


def _content(manifest: "Manifest") -> str:
    rows = sum(count for name, count in manifest.rows.items() if name.startswith("raw."))
    return f"{len(manifest.members):,} files, {rows:,} rows of raw tables, marketwake {manifest.program}"
