"""Which statements may run on the published file: those that read, told before any runs.

DuckDB lets a read-only connection write the very file that it has open, even where no other file
may be reached: by COPY, alone, in a WITH clause, below EXPLAIN ANALYZE, or handed to a function
that runs text.
"""

import re

import duckdb

from marketwake.base.duck import parse_tree
from marketwake.base.errors import BadInputError

READING = frozenset(
    {
        duckdb.StatementType.SELECT,  # also FROM, VALUES, SHOW, DESCRIBE, SUMMARIZE
        duckdb.StatementType.EXPLAIN,
        duckdb.StatementType.MULTI,  # a pivot without its columns, and whatever holds one
        duckdb.StatementType.SET,  # of variables; settings are locked
    }
)
_ALLOWED = (
    "SELECT (with FROM, VALUES, PIVOT, SHOW, DESCRIBE, SUMMARIZE), EXPLAIN of these and "
    "SET VARIABLE may run; WITH holds what is needed again, "
    "and --to FILE writes an answer into a file."
)
_QUERY_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_QUERY_NODE = re.compile(r'"type":"(\w+)","modifiers":')
"""How each query in a parse tree begins; quotes within its texts are escaped."""
_GAP = r"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
_EXPLAIN = re.compile(
    rf"{_GAP}explain\b{_GAP}(?:analyze\b{_GAP})?(?:\((?:analyze|format\s+\w+|[\s,])+\))?",
    re.IGNORECASE | re.DOTALL,
)
_RUNNERS = ("query", "json_execute_serialized_sql")
"""Functions that run a text as SQL, which none of this would see."""
_RUNNER = re.compile(rf'"function_name":"(?:{"|".join(_RUNNERS)})"', re.IGNORECASE)
_SUSPECT = re.compile(
    rf"\b(?:copy|insert|update|delete|merge|truncate|{'|'.join(_RUNNERS)})\b", re.IGNORECASE
)
"""Words that may not stand in a statement of which DuckDB shows no tree."""


def demand_reading(con: duckdb.DuckDBPyConnection, statements: list[duckdb.Statement]) -> None:
    """Refuse a text of which one statement does anything but read.

    Raises:
        BadInputError: it does; what may run is said.
    """
    for statement in statements:
        kind = _kind(statement)
        if kind not in READING:
            raise _refused(_name(kind))
        _demand_query(con, kind, statement.query)


def bare(query: str) -> str:
    """A statement without the semicolon and the comments that end it."""
    text = query.encode()
    for start, kind in reversed(duckdb.tokenize(query)):
        if kind != duckdb.token_type.comment and text[start:].strip() != b";":
            break
        text = text[:start]
    return text.decode().strip()


def _demand_query(
    con: duckdb.DuckDBPyConnection, kind: duckdb.StatementType | None, query: str
) -> None:
    if kind == duckdb.StatementType.SELECT:
        tree = parse_tree(con, query)
        nodes = set(_QUERY_NODE.findall(tree))
        if not nodes or nodes - _QUERY_NODES:
            raise _refused("a statement that writes within a query")
        if _RUNNER.search(tree):
            raise _refused("a text handed to a function")
    elif _EXPLAIN.match(query):
        explained = _EXPLAIN.sub("", query, count=1)
        inner = _parsed(con, explained)
        if inner not in {duckdb.StatementType.SELECT, duckdb.StatementType.MULTI}:
            raise _refused("EXPLAIN of anything but a query")
        _demand_query(con, inner, explained)
    elif word := _SUSPECT.search(query):
        raise _refused(f"a pivot or a variable beside the word '{word[0]}'")
    elif kind != duckdb.StatementType.SET and _parsed(con, f"from (\n{bare(query)}\n)") is None:
        raise _refused("a statement that writes what a pivot finds")


def _parsed(con: duckdb.DuckDBPyConnection, text: str) -> duckdb.StatementType | None:
    """The type of a text that is one statement."""
    try:
        statements = con.extract_statements(text)
    except duckdb.Error:
        return None
    return _kind(statements[0]) if len(statements) == 1 else None


def _kind(statement: duckdb.Statement) -> duckdb.StatementType | None:
    try:
        return statement.type
    except ValueError:  # a type that DuckDB has and its Python client does not know
        return None


def _name(kind: duckdb.StatementType | None) -> str:
    return kind.name.replace("_", " ") if kind else "a statement of an unknown type"


def _refused(what: str) -> BadInputError:
    return BadInputError(f"{what} may not run: the published warehouse is read-only", _ALLOWED)
