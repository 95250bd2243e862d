"""The saved queries of sql/queries: a question in the first line, the grain of its rows in the
second.
"""

import sys
from pathlib import Path

from marketwake.base.errors import BadInputError
from marketwake.base.resources import SQL
from marketwake.base.text import closest
from marketwake.cli.sql.output import default_output, write

FOLDER = SQL / "queries"


def questions() -> dict[str, str]:
    """Every saved query by name, with its question."""
    return {
        path.stem: _text(path).splitlines()[0].removeprefix("-- ")
        for path in sorted(FOLDER.glob("*.sql"))
    }


def saved_query(name: str) -> str:
    """The text of a saved query. Raises BadInputError with the known names."""
    known = questions()
    if name not in known:
        raise BadInputError(
            f"there is no saved query '{name}'",
            f"{closest(name, known)}Saved queries: {', '.join(known)}.",
        )
    return _text(FOLDER / f"{name}.sql")


def list_questions() -> None:
    """Print the saved queries with their questions."""
    columns = [("query", "VARCHAR"), ("question", "VARCHAR")]
    write(sys.stdout, columns, iter(questions().items()), default_output())


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
