"""The verdict: one rule over the votes of the figures that were computed for a claim.

A part of a claim has definitions of what its words mean. Every figure of a definition may have a
vote; the shares of the definitions decide by exact fractions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

Kind = Literal["window", "quote", "document", "arithmetic", "cause", "forecast"]
"""What a part asserts: a move after an event whose minute is unknown; a figure that was looked up
at an unknown instant; what a document says; a sum; why something happened; what will happen.
"""
KINDS: tuple[Kind, ...] = get_args(Kind)
UNDECIDABLE: frozenset[Kind] = frozenset({"cause", "forecast"})
"""No figure of these has a vote."""
Role = Literal["main", "check", "proxy", "shown"]
"""Of a definition: it decides; it is asked too; it stands in for figures that are not held; it is
shown beside. The last two have no vote.
"""
ROLES: tuple[Role, ...] = get_args(Role)
Vote = Literal["yes", "no", "unclear"]
VOTES: tuple[Vote, ...] = get_args(Vote)
Verdict = Literal[
    "supported",
    "mostly supported",
    "mixed",
    "mostly contradicted",
    "contradicted",
    "not testable",
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

_WEIGHT = {"yes": Fraction(1), "unclear": Fraction(1, 2), "no": Fraction(0)}


@dataclass(frozen=True)
class Figure:
    """One computed figure. `vote` is null where it has none; `note` then says why.

    `value`, `low` and `high` (over the instants at which its anchor may have been, or over a span)
    are in `unit`: fraction, usd, ratio, hour, yyyymmdd (a day written as a number), ...
    """

    definition: str
    anchor: str | None
    venue: str | None
    value: float | None
    low: float | None
    high: float | None
    unit: str
    vote: Vote | None
    note: str | None = None


@dataclass(frozen=True)
class Finding:
    """What the figures of a part say: how many of the comparisons agree, over all definitions and
    by the main one, and the anchors from which there is no figure.
    """

    verdict: Verdict
    agree: int = 0
    unclear: int = 0
    of: int = 0
    main_agree: int = 0
    main_unclear: int = 0
    main_of: int = 0
    silent: tuple[str, ...] = ()


def judge(kind: Kind, roles: Mapping[str, Role], figures: Iterable[Figure]) -> Finding:
    """The verdict on a part, whatever the order of its figures.

    Equal figures count once: three anchors that fall into one session are one comparison. m is the
    share of the main definition's votes that are yes (an unclear one is half a yes), s the mean of
    that share over all definitions that have votes.

    Args:
        kind: of a cause or a forecast nothing votes.
        roles: of every definition of the part.
        figures: of these definitions.
    """
    rows = list(figures)
    votes: dict[str, set[tuple[object, ...]]] = {}
    for row in rows:
        if row.vote and kind not in UNDECIDABLE and roles[row.definition] in ("main", "check"):
            figure = (row.vote, row.venue, row.value, row.low, row.high)
            votes.setdefault(row.definition, set()).add(figure)
    counted = {
        definition: [str(figure[0]) for figure in distinct]
        for definition, distinct in votes.items()
    }
    main = next((voted for name, voted in counted.items() if roles[name] == "main"), [])
    every = [vote for voted in counted.values() for vote in voted]
    lacking = {row.anchor for row in rows if row.anchor and row.value is None and row.low is None}
    lacking -= {row.anchor for row in rows if row.vote}
    return Finding(
        _decided(main, list(counted.values())),
        every.count("yes"),
        every.count("unclear"),
        len(every),
        main.count("yes"),
        main.count("unclear"),
        len(main),
        tuple(sorted(anchor for anchor in lacking if anchor)) if every else (),
    )


def _share(votes: Sequence[str]) -> Fraction:
    return sum((_WEIGHT[vote] for vote in votes), Fraction(0)) / len(votes)


def _decided(main: Sequence[str], definitions: Sequence[Sequence[str]]) -> Verdict:
    if not main:
        return "not testable"
    m = _share(main)
    s = sum(map(_share, definitions), Fraction(0)) / len(definitions)
    if m >= Fraction(9, 10) and s >= Fraction(9, 10):
        return "supported"
    if m >= Fraction(2, 3) and s >= Fraction(1, 2):
        return "mostly supported"
    if m <= Fraction(1, 10) and s <= Fraction(1, 10):
        return "contradicted"
    if m <= Fraction(1, 3) and s <= Fraction(1, 2):
        return "mostly contradicted"
    return "mixed"


def combined(parts: Iterable[Verdict]) -> Verdict:
    """The word for a claim of several parts: where all that can be tested lie on one side the
    weaker word, else mixed. Parts that cannot be tested do not count.
    """
    tested = {part for part in parts if part != "not testable"}
    if not tested:
        return "not testable"
    for strong, weak in (
        ("supported", "mostly supported"),
        ("contradicted", "mostly contradicted"),
    ):
        if tested <= {strong, weak}:
            return next(word for word in VERDICTS if word == (weak if weak in tested else strong))
    return "mixed"
