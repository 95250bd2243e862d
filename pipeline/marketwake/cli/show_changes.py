"""The changes of a run on the terminal."""

from rich.markup import escape

from marketwake.cli.show import LONGEST_LIST, listing, say
from marketwake.warehouse.changes import Changes


def show_changes(found: Changes) -> None:
    """Counts per table, then the first restated figures."""
    listing(
        f"Changes of run {found.run_id}",
        ("table", "new", "restated"),
        [(one.table, f"{one.new:,}", f"{one.restated:,}") for one in found.tables],
    )
    if found.restated:
        rows = [
            (one.table, " ".join(one.key.values()), one.column, one.old or "-", one.new or "-")
            for one in found.restated
        ]
        listing(
            "Restated figures",
            ("table", "key", "column", "was", "is"),
            [tuple(map(escape, row)) for row in rows[:LONGEST_LIST]],
        )
    if found.restated_figures > LONGEST_LIST:
        say(
            f"{found.restated_figures} figures were restated; --json lists {len(found.restated)} of them"
        )
