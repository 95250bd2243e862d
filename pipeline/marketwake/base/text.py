"""Text that came from outside, made fit to be shown to people."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

_UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls but tab and line feed
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # marks that reorder or reshape what is near
    "\u2028\u2029\ufff9-\ufffb"  # ends of lines and annotations that few programs show
    "\ud800-\udfff]"  # halves of characters, which no encoding takes
)


_MOST = 3
"""Of the names that begin alike, how many are asked about."""


def printable(text: str) -> str:
    """A text as a terminal or a file for people may have it: what would steer a terminal, reorder
    what is read or fit no encoding becomes U+FFFD. Line ends of Windows become plain ones.
    """
    return _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def closest(name: str, known: Iterable[str]) -> str:
    """The question whether a known name was meant, with a blank behind it: the same in other
    letters, one of the first that begin like it, or the one that is most like it; nothing where
    none is.
    """
    names, sought = {word.casefold(): word for word in known}, name.casefold()
    begun = [word for word in names if sought and word.startswith(sought)]
    near = [sought] if sought in names else begun[:_MOST] or get_close_matches(sought, names, 1)
    return f"Did you mean {' or '.join(repr(names[word]) for word in near)}? " if near else ""


def misspelt(missing: Iterable[str], there: Iterable[str]) -> str:
    """The question whether a name that is there was to be one that is missing, with a blank behind
    it; nothing where none is like one.
    """
    others = {word.casefold(): word for word in there}
    for name in missing:
        if near := get_close_matches(name, others, 1):
            return f"Is '{others[near[0]]}' to be '{name}'? "
    return ""
