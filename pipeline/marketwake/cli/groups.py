"""Groups of commands of which the first is meant where none is named."""

from typing import Any

from typer.core import TyperGroup


class FirstIsMeant(TyperGroup):
    """`claims a10` is `claims show a10`; `events` alone, whose first takes no name, lists them."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own
        """Put the first command before what begins with none."""
        first, meant = next(iter(self.commands.items()))
        takes_name = any(param.param_type_name == "argument" for param in meant.params)
        named = args[0] if args else ""
        if (not args and not self.no_args_is_help) or (
            args
            and named not in {*self.commands, "--help"}
            and (takes_name or named.startswith("-"))
        ):
            args = [first, *args]
        return super().parse_args(ctx, args)
