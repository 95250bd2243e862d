"""The changes of a run on the terminal."""

from rich.markup import escape

from marketwake.cli.console import say
from marketwake.cli.show import LONGEST_LIST, listing
from marketwake.warehouse.changes import Changes


def show_changes(run: Changes) -> None:
    """Counts per table, then the first restated figures."""
    listing(
        f"Changes of run {run.run_id}",
        ("table", "new", "restated", "withdrawn"),
        [
            (table.table, f"{table.new:,}", f"{table.restated:,}", f"{table.withdrawn:,}")
            for table in run.tables
        ],
    )
    if run.restated:
        rows = [
            (
                figure.table,
                " ".join(figure.key.values()),
                figure.column,
                figure.old or "-",
                figure.new or "-",
            )
            for figure in run.restated
        ]
        listing(
            "Restated figures",
            ("table", "key", "column", "was", "is"),
            [tuple(map(escape, row)) for row in rows[:LONGEST_LIST]],
        )
    if run.restated_figures > LONGEST_LIST:
        say(
            f"{run.restated_figures:,} figures were restated; "
            f"--json lists {len(run.restated):,} of them"
        )
