"""Values for the `$name` parameters of a query: those of its text, and those that are given.

A text sets a value by a line `-- default: name = value`. It says by `-- among: name = select ...`
which values there are, by `-- range: name = 0 to 9` between which numbers it lies, and by
`-- not before: name = other` that it is no day before another. What is given must be of the kind of
the default. `-- no rows: select ...`, continued by lines that begin with `--   `, gives the
sentence that tells why there are none.
"""

import re
from collections.abc import Mapping

import duckdb

from marketwake.base.errors import BadInputError
from marketwake.base.text import closest
from marketwake.cli.sql.reading import demand_reading

_SHOWN = 12
"""Of the values there are, how many a message lists."""
_STAMP = re.compile(r"\d{4}-\d\d-\d\d.*|-?infinity")


def defaults(text: str) -> dict[str, str]:
    """Parameters that `-- default: name = value` lines set."""
    return _lines(text, "default")


def parameters(
    con: duckdb.DuckDBPyConnection, text: str, given: Mapping[str, str], needed: set[str]
) -> dict[str, str]:
    """The value of each parameter of a text.

    Args:
        con: a reader of the published file.
        text: a query with the lines of its header.
        given: values that come before those of the text.
        needed: the names that its statements have.

    Raises:
        BadInputError: a value is given that is not asked for or cannot be, or one is missing.
    """
    own, among, ranges = (_lines(text, kind) for kind in ("default", "among", "range"))
    known = f"The query has {', '.join(f'${name}' for name in sorted(needed)) or 'none'}."
    for name, value in given.items():
        if name not in needed:
            raise BadInputError(
                f"the query has no parameter '{name}'", f"{closest(name, needed)}{known}"
            )
        _demand_kind(con, name, value, own.get(name, ""))
        if name in ranges:
            _demand_range(name, value, ranges[name])
        if name in among:
            _demand_among(con, name, value, among[name])
    values = {**own, **given}
    for name, earlier in _lines(text, "not before").items():
        if name in values and earlier in values:
            _demand_order(con, name, earlier, values)
    if missing := sorted(needed - set(values)):
        raise BadInputError(
            f"no value for ${missing[0]}", f"Give one with --set {missing[0]}=VALUE."
        )
    return values


def why_no_rows(con: duckdb.DuckDBPyConnection, text: str, values: Mapping[str, str]) -> str | None:
    """Why a text with these values may have no rows, where it has something to say of it."""
    found = re.search(r"^-- no rows: (.+(?:\n--   .+)*)$", text, re.MULTILINE)
    if not found:
        return None
    query = found[1].replace("\n--   ", "\n")
    statements = con.extract_statements(query)
    demand_reading(con, statements)
    asked = set().union(*(statement.named_parameters for statement in statements))
    bound = {name: value for name, value in values.items() if name in asked}
    row = con.execute(query, bound).fetchone()
    return None if row is None else str(row[0])


def _lines(text: str, kind: str) -> dict[str, str]:
    form = r"-?\d+ to -?\d+" if kind == "range" else ".+?"
    return dict(re.findall(rf"^-- {kind}: (\w+) = ({form})\s*$", text, re.MULTILINE))


def _demand_kind(con: duckdb.DuckDBPyConnection, name: str, value: str, default: str) -> None:
    if default.isdecimal() and not re.fullmatch(r"-?\d+", value):
        raise BadInputError(f"--set {name}={value} is no whole number", f"As here: {default}.")
    if _STAMP.fullmatch(default):
        ((is_stamp,),) = con.execute("select try(as_instant($1)) is not null", [value]).fetchall()
        if not is_stamp:
            raise BadInputError(
                f"--set {name}={value} is no day or instant",
                f"As here: {default}." if default[0].isdecimal() else "As here: 2025-08-07.",
            )


def _demand_range(name: str, value: str, told: str) -> None:
    low, high = map(int, told.split(" to "))
    if not re.fullmatch(r"-?\d{1,18}", value) or not low <= int(value) <= high:
        raise BadInputError(
            f"--set {name}={value} is no number from {low} to {high}", "Give one of those."
        )


def _demand_order(
    con: duckdb.DuckDBPyConnection, name: str, earlier: str, values: Mapping[str, str]
) -> None:
    pair = [values[name], values[earlier]]
    ((is_before,),) = con.execute("select as_instant($1) < as_instant($2)", pair).fetchall()
    if is_before:
        raise BadInputError(
            f"{name} is {pair[0]}, which is before {earlier}, {pair[1]}",
            f"Set {name} to the same or a later one with --set {name}=VALUE.",
        )


def _demand_among(con: duckdb.DuckDBPyConnection, name: str, value: str, query: str) -> None:
    demand_reading(con, con.extract_statements(query))
    there = [str(row[0]) for row in con.execute(query).fetchall()]
    if value not in there:
        more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
        raise BadInputError(
            f"--set {name}={value}: there is no such {name}",
            f"{closest(value, there)}There are {', '.join(there[:_SHOWN])}{more}.",
        )
