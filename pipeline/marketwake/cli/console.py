"""The terminal: all that is printed for people goes through it."""

from typing import Any

from rich.console import Console
from rich.text import Text

from marketwake.base.text import printable


class Terminal(Console):
    """A console whose texts and cells steer no terminal, whatever stands in them."""

    def render_str(self, text: str, **options: Any) -> Text:  # noqa: ANN401 - handed on
        """A text as rich shows it, without control characters."""
        return super().render_str(printable(text), **options)
