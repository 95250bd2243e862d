"""Completion for an SQL session: which words can follow, and whether a text is finished. Knows
nothing of terminals.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import duckdb

from marketwake.cli.sql.output import FILES, OUTPUTS
from marketwake.cli.sql.saved import questions

COMMANDS = (".help", ".macros", ".output", ".queries", ".query", ".quit", ".schema", ".tables")
FORMATS = tuple(output for output in OUTPUTS if output not in FILES)
"""Outputs that a terminal can show."""


@dataclass(frozen=True)
class Names:
    """What can be completed: columns by qualified table, macros and keywords."""

    columns: dict[str, list[str]]
    macros: list[str]
    keywords: list[str]


def read_names(con: duckdb.DuckDBPyConnection) -> Names:
    """The names of a warehouse, from its catalogue."""
    columns: dict[str, list[str]] = {}
    for table, column in con.execute(
        "select schema_name || '.' || table_name, column_name from duckdb_columns() "
        "where not internal and database_name = current_database() "
        "order by 1, column_index"
    ).fetchall():
        columns.setdefault(table, []).append(column)
    macros = con.execute(
        "select distinct function_name from duckdb_functions() where not internal order by 1"
    ).fetchall()
    keywords = con.execute(
        "select keyword_name from duckdb_keywords() where keyword_category = 'reserved' order by 1"
    ).fetchall()
    return Names(columns, [name for (name,) in macros], [name for (name,) in keywords])


def completions(names: Names, text: str, before: str) -> list[str]:
    """What the word at the end of `before` can become, the likeliest first; `text` is all that is
    typed so far.
    """
    if before.startswith("."):
        command, space, _ = before.partition(" ")
        candidates: Iterable[str] = COMMANDS
        if space:
            candidates = {
                ".output": FORMATS,
                ".query": questions(),
                ".schema": names.columns,
                ".tables": names.columns,
            }.get(command, ())
    else:
        candidates = _sql_candidates(names, text, last_word(before))
    word = last_word(before)
    return [
        name
        for name in dict.fromkeys(candidates)
        if name.lower().startswith(word.lower()) and name != word
    ]


def _sql_candidates(names: Names, text: str, word: str) -> Iterator[str]:
    called = _called(names, text)
    qualifier, dot, _ = word.rpartition(".")
    if dot:
        yield from (
            f"{qualifier}.{column}"
            for column in names.columns.get(called.get(qualifier, qualifier), ())
        )
    else:
        for table in dict.fromkeys(called.values()):
            yield from names.columns[table]
    yield from names.columns
    if not dot:
        yield from (f"{macro}(" for macro in names.macros)
        yield from names.keywords


def _called(names: Names, text: str) -> dict[str, str]:
    """The tables that a text names, by what it calls them."""
    called = {}
    for table, alias in re.findall(r"\b(\w+\.\w+)\b(?:\s+as\s+(\w+))?", text, re.IGNORECASE):
        if table in names.columns:
            called[alias or table.partition(".")[2]] = table
    return called


def last_word(before: str) -> str:
    """The word, dots in it, that ends where the cursor is."""
    match = re.search(r"[\w.]*$", before)
    return match[0] if match else ""


def is_complete(text: str) -> bool:
    """Whether Enter sends the text: a dot command, nothing at all, or SQL that ends with a
    semicolon outside of quotes and comments.
    """
    stripped = text.strip()
    if not stripped or stripped.startswith("."):
        return True
    bare = re.sub(
        r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", " ", stripped, flags=re.DOTALL
    )
    return bare.rstrip().endswith(";") and not re.search(r"['\"]|/\*", bare)
