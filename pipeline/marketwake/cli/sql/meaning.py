"""What the columns of an answer mean: the comment of the column that one comes from, through
subqueries, views without comments and macros, or the words of the query that compute it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from marketwake.base.duck import parse_tree

Node = dict[str, Any]
Found = tuple[str, str] | None

_COMMENTS = """
    select schema_name || '.' || table_name, column_name, comment
    from duckdb_columns()
    where not internal and database_name = current_database() and comment is not null
"""
_OPENED = r"""
    select function_name, macro_definition
    from duckdb_functions() where not internal and function_type = 'table_macro'
    union all
    select schema_name || '.' || view_name, regexp_extract(sql, '(?is)^.*?\bas\b(.*)$', 1)
    from duckdb_views() where not internal and database_name = current_database()
"""
"""What stands for a query: macros and views."""
_KINDS = {
    "TIMESTAMP WITH TIME ZONE": "instant, UTC",
    "DATE": "day",
    "BOOLEAN": "true or false",
    "VARCHAR": "text",
}
_UNITS = (
    (r"(^|_)million_usd$", "million US dollars"),
    (r"(^|_)usd$", "US dollars"),
    (r"(^|_)bps$", "basis points"),
    (r"(^|_)percent(_|$)", "percent"),
    (r"(^|_)contracts$", "contracts"),
    (r"(^|_)coins$", "coins"),
    (r"(^|_)days(_|$)", "days"),
    (r"(^|_)hours$", "hours"),
    (r"(^|_)(return|basis|share|probability)(_|$)", "fraction: 0.01 is 1 %"),
)
"""Units stand in the names; rates and shares are fractions."""
_IN_UNIT = re.compile(
    r"value|low|high|stated|expected|effect|standard_error|one_sd|mde|ci_\w+|\w+_(mean|sd)"
)
"""Columns whose unit stands beside them, where an answer has a column `unit`."""
_SAID = re.compile(r"^-- column: (\w+): (.+?)\s*$", re.MULTILINE)
_AS_IN = re.compile(r"As in (\w+\.\w+)")


@dataclass(frozen=True)
class Meaning:
    """Of one column: its name, what it means, its unit (empty where it has none), and the table it
    comes from or the words that compute it.
    """

    column: str
    meaning: str
    unit: str
    origin: str


class Catalogue:
    """What a warehouse says of its columns, macros and views; read once for many queries."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._opened = dict(con.execute(_OPENED).fetchall())
        self._trees: dict[str, Node | None] = {}
        self._comments: dict[str, dict[str, str]] = {}
        for table, column, comment in con.execute(_COMMENTS).fetchall():
            self._comments.setdefault(table, {})[column] = comment

    def meanings(
        self, query: str, columns: Sequence[tuple[str, str]], text: str = ""
    ) -> list[Meaning]:
        """What each column of a query's answer means.

        Args:
            query: one statement.
            columns: names and DuckDB types of its answer.
            text: what it was cut from; its `-- column: name: meaning` lines come first.
        """
        said = dict(_SAID.findall(text))
        names = {name for name, _ in columns}
        tree = self._tree(query)
        found = []
        for name, kind in columns:
            meaning, origin = (self._chosen(tree, name, {}) if tree else None) or ("", "")
            unit = _unit(name, kind, names)
            found.append(Meaning(name, said.get(name, meaning), unit, origin))
        return found

    def _tree(self, text: str) -> Node | None:
        """The tree of a query; None where DuckDB shows none, as of a pivot."""
        if text not in self._trees:
            statements = json.loads(parse_tree(self._con, text)).get("statements")
            self._trees[text] = statements[0]["node"] if statements else None
        return self._trees[text]

    def _chosen(self, node: Node, name: str, named: dict[str, Node]) -> Found:
        """Where a query has a column from."""
        named = named | {entry["key"]: _named(entry["value"]) for entry in node["cte_map"]["map"]}
        if node["type"] != "SELECT_NODE":  # a union and its like: as its first query has it
            parts = node.get("children") or [node["left"]]
            return self._chosen(parts[0], name, named)
        sources = list(_sources(node["from_table"]))
        for chosen in node["select_list"]:
            path = chosen.get("column_names", [])
            if name == (chosen["alias"] or (path or [""])[-1]):
                if path:
                    return self._read(sources, path, named)
                return self._words(chosen), "computed by the query"
        stars = [chosen for chosen in node["select_list"] if chosen["type"] == "STAR"]
        for star in stars:
            if found := self._read(sources, [star.get("relation_name", ""), name], named):
                return found
        return None

    def _read(self, sources: list[Node], path: list[str], named: dict[str, Node]) -> Found:
        """Where the tables of a query have a column from; `path` is its name behind that of its
        table, if it has one.
        """
        *owner, name = path
        for table in sources:
            called = table["alias"] or table.get("table_name", "")
            is_meant = not any(owner) or called == owner[-1]
            if is_meant and (found := self._held(table, name, named)):
                return found
        return None

    def _held(self, table: Node, name: str, named: dict[str, Node]) -> Found:
        if table["type"] == "SUBQUERY":
            return self._chosen(table["subquery"]["node"], name, named)
        if table["type"] == "TABLE_FUNCTION":
            known = table["function"]["function_name"]
        else:
            known = ".".join(filter(None, (table["schema_name"], table["table_name"])))
        if known in named:
            others = {other: node for other, node in named.items() if other != known}
            return self._chosen(named[known], name, others)
        if known in self._comments:
            comment = self._comments[known].get(name)
            return (self._followed(comment, name), f"{known}.{name}") if comment else None
        text = self._opened.get(known)
        tree = self._tree(text) if text else None
        return self._chosen(tree, name, {}) if tree else None

    def _followed(self, comment: str, name: str) -> str:
        """A comment, and behind `As in` the one that it points to."""
        pointed = _AS_IN.match(comment)
        there = self._comments.get(pointed[1], {}).get(name, "") if pointed else ""
        return f"{there} ({comment[0].lower()}{comment[1:]})" if there else comment

    def _words(self, chosen: Node) -> str:
        """An expression as SQL."""
        node = _EMPTY | {"select_list": [{**chosen, "alias": ""}]}
        statements = [{"node": node, "named_param_map": []}]
        tree = json.dumps({"error": False, "statements": statements})
        ((words,),) = self._con.execute("select json_deserialize_sql(?::json)", [tree]).fetchall()
        return str(words).removeprefix("SELECT ")


def _unit(name: str, kind: str, names: set[str]) -> str:
    if kind in _KINDS:
        return _KINDS[kind]
    if _IN_UNIT.fullmatch(name) and "unit" in names:
        return "as the column unit says"
    return next((unit for form, unit in _UNITS if re.search(form, name)), "")


def _named(entry: Node) -> Node:
    """The query of a WITH clause, as DuckDB 2.0 and 1.5 write it."""
    node: Node = entry.get("query_node") or entry["query"]["node"]
    return node


def _sources(table: Node) -> Iterator[Node]:
    """The tables that a FROM clause joins."""
    if table["type"] == "JOIN":
        yield from _sources(table["left"])
        yield from _sources(table["right"])
    elif table["type"] in {"BASE_TABLE", "SUBQUERY", "TABLE_FUNCTION"}:
        yield table


_EMPTY: Node = {
    "type": "SELECT_NODE",
    "modifiers": [],
    "cte_map": {"map": []},
    "from_table": {"type": "EMPTY", "alias": "", "sample": None},
    "where_clause": None,
    "group_expressions": [],
    "group_sets": [],
    "aggregate_handling": "STANDARD_HANDLING",
    "having": None,
    "sample": None,
    "qualify": None,
}
"""A query of nothing, as DuckDB writes its tree."""
