"""What a method has computed is kept with its object, and goes with it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

Owner = TypeVar("Owner")
Given = ParamSpec("Given")
Made = TypeVar("Made")


def kept(
    method: Callable[Concatenate[Owner, Given], Made],
) -> Callable[Concatenate[Owner, Given], Made]:
    """Compute what a method gives once for the same arguments; nobody may change it then.

    `functools.cache` would hash the object, and hold it until a garbage collection.
    """

    @wraps(method)
    def made(owner: Owner, /, *args: Given.args, **named: Given.kwargs) -> Made:
        results: dict[Any, Made] = vars(owner).setdefault("_kept", {})
        key = (method, args, *named.items())
        if key not in results:
            results[key] = method(owner, *args, **named)
        return results[key]

    return made
