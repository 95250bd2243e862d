"""What a shell completes behind a command: names of events, saved queries and claims."""

from pathlib import Path

import typer

from marketwake.base.errors import MarketwakeError
from marketwake.base.resources import SQL


def events(ctx: typer.Context, incomplete: str) -> list[str]:
    """Events of the published warehouse."""
    return _named(ctx, "select event from seed.event order by event", incomplete)


def claims(ctx: typer.Context, incomplete: str) -> list[str]:
    """Judged claims of the published warehouse."""
    return _named(ctx, "select claim from mart.claim order by claim", incomplete)


def queries(incomplete: str) -> list[str]:
    """Saved queries."""
    names = sorted(path.stem for path in (SQL / "queries").glob("*.sql"))
    return [name for name in names if name.startswith(incomplete)]


def _named(ctx: typer.Context, query: str, incomplete: str) -> list[str]:
    import duckdb

    from marketwake.warehouse.files import Warehouse

    try:
        with Warehouse(Path(ctx.params["warehouse"])).reader() as con:
            names = [name for (name,) in con.execute(query).fetchall()]
    except (MarketwakeError, duckdb.Error):  # where nothing is published, there is nothing to offer
        return []
    return [name for name in names if name.startswith(incomplete)]
