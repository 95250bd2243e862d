"""What the selects of an installation's own claims may do, told from DuckDB's own parse before they
run: read the warehouse, and nothing else. They run on the writer's connection, which has to reach
files, so that DuckDB's own switch against that cannot be used.

Whatever is not known to be harmless is refused.
"""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

import duckdb

from marketwake.base.duck import parse_tree

SCHEMAS = ("raw", "stg", "mart", "seed", "cal", "ops")
TABLE_FUNCTIONS = frozenset({"unnest", "generate_series", "range"})
ALLOWED = (
    "A claim is one SELECT, and a second one of evidence, on tables of the schemas "
    f"{', '.join(SCHEMAS)}, written with their schema, on the project's macros (sql/README.md), "
    f"{', '.join(sorted(TABLE_FUNCTIONS))}, and functions whose result hangs on their arguments "
    "alone."
)
_CLASSES = frozenset(
    {
        "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT",
        "FUNCTION", "LAMBDA", "LAMBDA_REF", "OPERATOR", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY",
        "TYPE", "WINDOW",
    }
)  # fmt: skip
"""Kinds of expressions."""
_TYPES = frozenset(
    {
        "SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE",
        "BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT",
        "ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER",
        "ORDER_DEFAULT", "ASCENDING", "DESCENDING",
    }
)  # fmt: skip
"""Kinds of queries, of what stands behind FROM, and of what follows."""
_TYPE_OF_1_5 = "_TYPE_INFO"
"""How DuckDB 1.5 ends the kinds of types, which 2.0 calls TYPE."""
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)
"""A name that no file has which DuckDB would read in its place."""
_BUILT_IN_MACROS = re.compile(
    "if|nullif|split_part|fdiv|fmod|days_in_month|date_add|geomean|geometric_mean|wavg|weighted_avg"
    "|(list|array)_.*"
)
_NOT_OF_ARGUMENTS = re.compile("current_.*|get_current_.*|age|version")
"""Functions that tell the time or the program, which DuckDB takes for pure."""
_ENDLESS = re.compile(".*levenshtein|jaccard|jaro_.*|hamming|mismatches|repeat|[lr]pad")
"""Functions of which one call can take hours, and cannot be ended."""
_ON_TEXT = re.compile("json_(de)?serialize.*|json_execute.*|query|query_table")
"""Functions that take a text as SQL."""


class Guard:
    """What a database knows when this is made. To list its functions takes most of the time, so one
    serves for all selects of a claim.

    Args:
        con: has the tables and macros that the queries speak of.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._tables = {
            f"{schema}.{name}".lower()
            for schema, name in con.execute(
                "select schema_name, table_name from duckdb_tables() where not temporary "
                "union select schema_name, view_name from duckdb_views() where not temporary"
            ).fetchall()
            if schema in SCHEMAS
        }
        known = con.execute(_FUNCTIONS).fetchall()
        self._macros = {
            name: takes_table for name, built_in, *_, takes_table in known if not built_in
        }
        self._functions = TABLE_FUNCTIONS | {
            name
            for name, built_in, is_pure, is_macro, _ in known
            if built_in
            and is_pure
            and not any(kind.fullmatch(name) for kind in (_ON_TEXT, _NOT_OF_ARGUMENTS, _ENDLESS))
            and (not is_macro or _BUILT_IN_MACROS.fullmatch(name))
        }

    def refusal(self, query: str) -> str | None:
        """Why a query may not run; None where it may."""
        try:
            tree = json.loads(parse_tree(self._con, query))
        except RecursionError:
            return "it is nested too deeply"
        if tree["error"]:
            return f"it is no SELECT that can run: {tree['error_message']}"
        if len(tree["statements"]) != 1:
            return f"it has {len(tree['statements'])} statements; one SELECT may run"
        return next(self._refused(tree["statements"][0]["node"]), None)

    def _refused(self, tree: dict[str, Any]) -> Iterator[str]:
        """What may not stand there, in the order of the query."""
        parts = {str(entry["key"]).lower() for node in _nodes(tree) for entry in _entries(node)}
        of_tables = [
            id(node["function"]) for node in _nodes(tree) if node.get("type") == "TABLE_FUNCTION"
        ]
        for node in _nodes(tree):
            if node.get("sample"):
                yield "a random sample may not stand in it"
            kind, kinds = (
                (node["class"], _CLASSES) if "class" in node else (node.get("type"), _TYPES)
            )
            if isinstance(kind, str) and kind not in kinds and not kind.endswith(_TYPE_OF_1_5):
                yield f"{kind.replace('_', ' ')} may not stand in it"
            elif kind == "BASE_TABLE":
                yield from self._table(_path(node), parts)
            elif kind in ("FUNCTION", "WINDOW"):
                yield from self._function(node, is_table=id(node) in of_tables)
            for entry in _entries(node):
                if not _PLAIN.fullmatch(entry["key"]):
                    yield f"'{entry['key']}' is no plain name for a part of a query"

    def _table(self, path: list[str], parts: Collection[str]) -> Iterator[str]:
        """`parts` are the names that the query gives its own parts."""
        name = ".".join(path)
        if len(path) == 1 and name.lower() in parts:
            return
        if len(path) != 2 or name.lower() not in self._tables:
            yield f"'{name}' is no table that it may read"

    def _function(self, node: dict[str, Any], *, is_table: bool) -> Iterator[str]:
        path = _path(node)
        name = path[-1].lower()
        known = TABLE_FUNCTIONS if is_table else self._functions
        if len(path) != 1 or name not in known | self._macros.keys():
            yield f"the function {'.'.join(path)} may not be called"
        elif self._macros.get(name):
            yield from self._named_table(name, _arguments(node))

    def _named_table(self, name: str, arguments: list[tuple[str, object]]) -> Iterator[str]:
        """A macro that takes the name of a table would take that of a file, too."""
        is_named = any(named for named, _ in arguments)
        if is_named or not arguments or str(arguments[0][1]).lower() not in self._tables:
            yield f"{name} takes the name of a table first, in quotes, like 'raw.spot_bar'"


def _path(node: dict[str, Any]) -> list[str]:
    """The parts of a name. DuckDB 1.5 has each under a key of its own, and adds the schema to
    functions that stand for an operator.
    """
    if "qualified_name" in node:
        return list(node["qualified_name"]["path"])
    if "table_name" in node:
        parts = [node["catalog_name"], node["schema_name"], node["table_name"]]
    else:
        parts = [node["catalog"], node["schema"].removeprefix("main"), node["function_name"]]
    return [part for part in parts if part]


def _arguments(node: dict[str, Any]) -> list[tuple[str, object]]:
    """Of a function, the name of each argument and its literal; "" and None where it has none."""
    if "arguments" in node:
        return [
            (each["name"], each["expression"].get("literal", {}).get("text"))
            for each in node["arguments"]
        ]
    return [(each["alias"], (each.get("value") or {}).get("value")) for each in node["children"]]


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for child in (
        tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    ):
        yield from _nodes(child)


def _entries(node: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of a query that WITH names."""
    parts = node.get("cte_map")
    return list(parts["map"]) if isinstance(parts, dict) else []


_FUNCTIONS = """
select
    lower(function_name) as name,
    internal as is_built_in,
    coalesce(bool_and(stability = 'CONSISTENT'), true) as is_pure,
    bool_or(function_type = 'macro') as is_macro,
    bool_or(coalesce(macro_definition, '') ilike '%query_table(%') as takes_table
from duckdb_functions()
where not internal or function_type in ('scalar', 'aggregate', 'window', 'macro')
group by name, is_built_in
"""
