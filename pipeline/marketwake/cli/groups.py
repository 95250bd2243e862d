"""Groups of commands: what they do where no command is named, and how they refuse a value."""

from typing import Any

import typer
from typer.core import TyperGroup

from marketwake.base.text import printable

_WORDS = {
    "int_parsing": "'{input}' is no whole number.",
    "int_parsing_size": "it is no whole number that anybody means.",
    "float_parsing": "'{input}' is no number.",
    "greater_than_equal": "{input} is less than {ge}.",
    "less_than_equal": "{input} is more than {le}.",
    "value_error": "{error}",
}
"""What to say of a value, by pydantic's kind of error; typer hands on pydantic's own words."""


class FirstIsMeant(TyperGroup):
    """`claims a10` is `claims show a10`, and `events eo-401k` is `events list eo-401k`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own
        """Put the first command before what begins with none."""
        is_named = args[0] in {*self.commands, "--help"} if args else self.no_args_is_help
        if not is_named:
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)


class Worded(TyperGroup):
    """The whole program, which says in its own words what an argument cannot be."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = _said(error)
            raise


def _said(error: typer.BadParameter) -> str:
    from pydantic import ValidationError

    if not isinstance(error.__cause__, ValidationError):
        return error.message
    first = error.__cause__.errors()[0]
    words = _WORDS.get(first["type"])
    if words is None:
        return error.message
    return printable(words.format(input=first["input"], **first.get("ctx", {})))
