"""Values for the `$name` parameters of a query: those of its text, and those that are given.

A text sets a value by a line `-- default: name = value`, and says by `-- among: name = select ...`
which values there are. What is given must be of the kind of the default.
"""

import re
from collections.abc import Mapping

import duckdb

from marketwake.base.errors import BadInputError
from marketwake.base.text import closest

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
    own, among = defaults(text), _lines(text, "among")
    known = f"The query has {', '.join(f'${name}' for name in sorted(needed)) or 'none'}."
    for name, value in given.items():
        if name not in needed:
            raise BadInputError(f"the query has no parameter '{name}'", known)
        _demand_kind(con, name, value, own.get(name, ""))
        if name in among:
            _demand_among(con, name, value, among[name])
    values = {**own, **given}
    if missing := sorted(needed - set(values)):
        raise BadInputError(
            f"no value for ${missing[0]}", f"Give one with --set {missing[0]}=VALUE."
        )
    return values


def _lines(text: str, kind: str) -> dict[str, str]:
    return dict(re.findall(rf"^-- {kind}: (\w+) = (.+?)\s*$", text, re.MULTILINE))


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


def _demand_among(con: duckdb.DuckDBPyConnection, name: str, value: str, query: str) -> None:
    there = [str(row[0]) for row in con.execute(query).fetchall()]
    if value not in there:
        more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
        raise BadInputError(
            f"--set {name}={value}: there is no such {name}",
            f"{closest(value, there)}There are {', '.join(there[:_SHOWN])}{more}.",
        )
