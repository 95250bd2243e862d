"""A claim file: header lines that say what is claimed and how it is read, a select that returns its
figures, and one that returns the rows they rest on.

    -- One row per anchor and venue.
    -- claim: z01
    -- event: eo-401k
    -- article: A
    -- statement: Bitcoin rose about 2 % in the 24 hours after the order.
    -- stated: 0.02
    -- unit: fraction
    -- theme: prices
    --
    -- part: window: it rose about 2 %
    -- main: day: return over 24 hours
    -- reason: Bitcoin moved by {day:+}.
    select 'day' as definition, ...
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from marketwake.base.errors import DefinitionError
from marketwake.base.own_files import own_text
from marketwake.fact_check.verdict import KINDS, ROLES, VERDICTS, Kind, Role, Verdict

GRAIN = "-- One row per "
EVIDENCE = "-- evidence"
"""The line between the two selects."""
REQUIRED = ("claim", "event", "article", "statement", "stated", "unit")
MAY_BE_EMPTY = "may be empty"
THEMES = (
    "prices",
    "volume",
    "funds",
    "futures",
    "altcoins",
    "rates",
    "pensions",
    "precedents",
    "other",
)
"""What a claim is about, in the order of the page; the last where its file does not say."""
OF_A_PART = ("tolerance", "first", "reason", "otherwise")
"""Header lines of a part besides those of its definitions: the threshold by which a document or a
sum agrees; the verdict under the first written definitions; the sentence where it can be tested,
and where not.
"""


@dataclass(frozen=True)
class Part:
    """One assertion of a claim. Definitions by their keys, in the order of the header."""

    kind: Kind
    says: str
    roles: dict[str, Role] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    """Of `OF_A_PART`, those there are."""

    @property
    def main(self) -> str | None:
        """The key of its main definition."""
        return next((key for key, role in self.roles.items() if role == "main"), None)

    @property
    def first(self) -> Verdict | None:
        """The verdict under the first written definitions."""
        return next((word for word in VERDICTS if word == self.lines.get("first")), None)


@dataclass(frozen=True)
class Claim:
    """A claim file as written. `stated` is a number in `unit`, or words."""

    claim: str
    event: str
    article: str
    statement: str
    stated: str
    unit: str
    parts: tuple[Part, ...]
    select: str
    evidence: str
    may_be_empty: bool
    path: Path
    theme: str = THEMES[-1]

    def wrong(self, what: str) -> DefinitionError:
        """The error that names this file."""
        return _wrong(self.path, what)


def read_claim(path: Path) -> Claim:
    """Read a claim file.

    Raises:
        DefinitionError: a header line is missing, repeated, unknown or empty, a word in it is
            unknown, or the claim is not named like its file.
    """
    text = own_text(path)
    lines = text.splitlines()
    if not lines or not lines[0].startswith(GRAIN):
        raise _wrong(path, f"the first line must state the grain: '{GRAIN}...'")
    header: dict[str, str] = {}
    parts: list[Part] = []
    for name, said in _header(path, lines[1:]):
        if name == "part":
            parts.append(_part(path, said))
        elif name in ROLES or name in OF_A_PART:
            if not parts:
                raise _wrong(path, f"header line '{name}: {said}' stands before any part")
            _add(path, parts[-1], name, said)
        elif name in (*REQUIRED, "theme", MAY_BE_EMPTY) and name not in header and not parts:
            header[name] = said
        else:
            raise _wrong(
                path,
                f"header line '{name}: {said}': expected each of {', '.join(REQUIRED)} once, then "
                f"for every part its lines part, {', '.join((*ROLES, *OF_A_PART))}",
            )
    missing = [name for name in REQUIRED if name not in header]
    if missing or not parts:
        raise _wrong(path, f"the header lacks {', '.join(missing or ['a part'])}")
    if header["claim"] != path.stem:
        raise _wrong(
            path, f"the header calls the claim '{header['claim']}', the file is named '{path.stem}'"
        )
    may_be_empty = header.pop(MAY_BE_EMPTY, "") != ""
    select, _, evidence = text.partition(f"\n{EVIDENCE}\n")
    claim = Claim(
        **header,
        parts=tuple(parts),
        select=select.strip().removesuffix(";") + "\n",
        evidence=evidence,
        may_be_empty=may_be_empty,
        path=path,
    )
    _check(claim)
    return claim


def _header(path: Path, lines: list[str]) -> Iterator[tuple[str, str]]:
    """Name and text of each header line; a line that begins with three blanks goes on from the one
    before, and an empty comment line divides.
    """
    name, said = "", ""
    for line in [*lines, ""]:
        if name and line.startswith("--   "):
            said += " " + line[5:].strip()
            continue
        if name:
            if not said.strip():
                raise _wrong(path, f"header line '{name}: ' is empty")
            yield name, said.strip()
        if line == "--":
            name = ""
            continue
        begun, colon, said = line.removeprefix("-- ").partition(": ")
        if not line.startswith("-- ") or not colon:
            return
        name = begun


def _part(path: Path, said: str) -> Part:
    word, colon, says = said.partition(": ")
    kind = next((kind for kind in KINDS if kind == word), None)
    if kind is None or not colon or not says:
        raise _wrong(
            path,
            f"header line 'part: {said}': expected 'part: KIND: what it says', KIND one of "
            f"{', '.join(KINDS)}",
        )
    return Part(kind, says)


def _add(path: Path, part: Part, name: str, said: str) -> None:
    role = next((role for role in ROLES if role == name), None)
    if role is None:
        if name in part.lines:
            raise _wrong(path, f"header line '{name}: {said}' is repeated in its part")
        if name == "first" and said not in VERDICTS:
            raise _wrong(
                path, f"header line 'first: {said}': expected one of {', '.join(VERDICTS)}"
            )
        part.lines[name] = said
        return
    key, colon, meaning = said.partition(": ")
    if not colon or not key.isidentifier():
        raise _wrong(path, f"header line '{name}: {said}': expected '{name}: key: what it means'")
    if key in part.definitions:
        raise _wrong(path, f"more than one definition has the key {key}")
    if role == "main" and part.main:
        raise _wrong(path, f"part '{part.says}' has more than one main definition")
    part.roles[key] = role
    part.definitions[key] = meaning


def _check(claim: Claim) -> None:
    if claim.theme not in THEMES:
        raise claim.wrong(
            f"header line 'theme: {claim.theme}': expected one of {', '.join(THEMES)}"
        )
    keys = [key for part in claim.parts for key in part.definitions]
    repeated = {key for key in keys if keys.count(key) > 1}
    if repeated:
        raise claim.wrong(f"more than one definition has the key {min(repeated)}")
    for part in claim.parts:
        if not part.definitions:
            raise claim.wrong(f"part '{part.says}' has no definition")
        if part.main is None and "check" in part.roles.values():
            raise claim.wrong(f"part '{part.says}' has checks and no main definition")
        tolerance = part.lines.get("tolerance")
        if tolerance and f"threshold('{tolerance}')" not in claim.select:
            raise claim.wrong(f"the select does not use the tolerance threshold('{tolerance}')")


def _wrong(path: Path, what: str) -> DefinitionError:
    return DefinitionError(
        f"claims/{path.name}: {what}", "Mend the file; CONTRIBUTING.md describes a claim file."
    )
