"""What a setting may be."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_SHOWN = 80
"""Characters of a wrong value that an error quotes."""


def _is(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python writes no number of thousands of digits
        text = "a number of thousands of digits"
    return f"is {text if len(text) <= _SHOWN else text[:_SHOWN] + ' ...'}"


@dataclass(frozen=True)
class Form:
    """What a setting may be: `wanted` completes "It must be". `called`: its name in the
    environment, where it is not given in the file. `told`: what to say of a value that does not
    fit; of one that may hold a secret, not the value. `meant`: the question which name was meant in
    its place, where it has one that nobody knows.
    """

    wanted: str
    fits: Callable[[Any], bool]
    called: str = ""
    told: Callable[[Any], str] = _is
    meant: Callable[[Any], str] = lambda _: ""


def number(low: float, high: float, *, whole: bool = True) -> Form:
    """A number of a range."""
    kinds = int if whole else int | float
    return Form(
        f"a {'whole ' if whole else ''}number from {low} to {high}",
        lambda value: (
            isinstance(value, kinds) and not isinstance(value, bool) and low <= value <= high
        ),
    )


def names(wanted: str, fits: Callable[[str], bool]) -> Form:
    """A list of names, each of which fits."""
    return Form(
        f"a list of at least one, each once: {wanted}",
        lambda value: (
            isinstance(value, tuple | list)
            and len(value) > 0
            and all(isinstance(name, str) and fits(name) for name in value)
            and len(set(value)) == len(value)
        ),
    )


def is_address(value: object) -> bool:
    """Whether it is an address of http or https, without a password."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and parts.port != 0
            and parts.username is None
            and is_plain(value)
        )
    except ValueError:
        return False


def is_on_this_machine(address: str) -> bool:
    """Whether an address is one of loopback."""
    host = urlsplit(address).hostname or ""
    return host == "localhost" or host == "::1" or host.startswith("127.")


def is_plain(value: str) -> bool:
    """Whether a text is of visible characters of ASCII alone."""
    return value.isascii() and value.isprintable() and " " not in value
