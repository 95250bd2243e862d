"""The sentence that gives the figures of a part: a template of its claim file, filled with the
ranges of its definitions, in every language.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from marketwake.base.figure_text import Language, format_day, format_range
from marketwake.base.languages import translated
from marketwake.fact_check.claim_file import Claim, Part
from marketwake.fact_check.verdict import Figure, Finding

PLAIN = "It is {main}."
"""Where a file gives no sentence; `main` is the range of the main definition."""
UNDECIDED = "The figures that would decide are not in the warehouse."
SILENT = "No figure is there from: {anchors}."


class _LackingError(LookupError):
    """A template names a definition that has no figure."""


@dataclass(frozen=True)
class _Range:
    """`{key}` in a template: from the lowest to the highest value; `{key:+}` with signs, `{key:<}`
    the lowest and `{key:>}` the highest alone, `{key:.3}` with so many digits of a per cent.
    """

    low: float
    high: float
    unit: str
    language: Language

    def __format__(self, spec: str) -> str:
        low = self.high if ">" in spec else self.low
        high = self.low if "<" in spec else self.high
        if self.unit == "yyyymmdd":
            days = dict.fromkeys(format_day(day, self.language) for day in (low, high))
            return ("至" if self.language == "zh" else " to ").join(days)
        _, _, digits = spec.partition(".")
        return format_range(
            low,
            high,
            self.unit,
            signed="+" in spec,
            digits=int(digits) if digits else None,
            language=self.language,
        )


class _Fields(dict[str, object]):
    def __missing__(self, key: str) -> object:
        raise _LackingError(key)


def reason(
    claim: Claim, part: Part, finding: Finding, figures: Iterable[Figure], language: Language
) -> str:
    """A sentence for people on a part: that of its file where the figures for it are there.

    Raises:
        DefinitionError: a template names what is no definition of the claim.
    """
    rows = list(figures)
    fields = _fields(claim, part, finding, rows, language)
    wanted = ("otherwise", UNDECIDED) if finding.verdict == "not testable" else ("reason", PLAIN)
    for template in (part.lines.get(wanted[0], wanted[1]), wanted[1], UNDECIDED):
        said = _filled(claim, translated(template, language), fields, language)
        if said is None:
            continue
        if finding.silent:
            anchors = (translated(anchor, language) for anchor in finding.silent)
            named = ("、" if language == "zh" else ", ").join(anchors)
            said = f"{said} {translated(SILENT, language).format(anchors=named)}"
        return said
    raise AssertionError("the last template has no fields")


def _filled(claim: Claim, template: str, fields: "_Fields", language: Language) -> str | None:
    """The sentence with its figures, without the clauses whose figures are not there; None where it
    has no figure for the first.
    """
    mark = translated("; ", language)
    clauses = []
    for number, clause in enumerate(template[:-1].split(mark)):
        try:
            clauses.append(clause.format_map(fields))
        except _LackingError as lacking:
            if lacking.args[0] not in _known(claim):
                raise claim.wrong(f"'{template}' names {lacking}, which no part defines") from None
            if not number:
                return None
    return mark.join(clauses) + template[-1]


def _known(claim: Claim) -> set[str]:
    return {key for part in claim.parts for key in part.definitions} | {"main", "every"}


def _fields(
    claim: Claim, part: Part, finding: Finding, rows: list[Figure], language: Language
) -> _Fields:
    # What only shows is shown of the anchors that vote.
    answering = {row.anchor for row in rows if row.vote and row.anchor}

    def spread(chosen: list[Figure]) -> _Range | None:
        voting = (
            [row for row in chosen if row.vote]
            or [row for row in chosen if row.anchor in answering]
            or chosen
        )
        units = {row.unit for row in voting}
        values = [
            value for row in voting for value in (row.value, row.low, row.high) if value is not None
        ]
        if not values or len(units) > 1:
            return None
        return _Range(min(values), max(values), units.pop(), language)

    chosen = {
        key: [row for row in rows if row.definition == key]
        for each in claim.parts
        for key in each.definitions
    }
    chosen["main"] = chosen.get(part.main or next(iter(part.definitions)), [])
    chosen["every"] = [row for row in rows if row.definition in part.definitions and row.vote]
    ranges = {key: spread(figures) for key, figures in chosen.items()}
    fields = _Fields({key: range_ for key, range_ in ranges.items() if range_})
    fields.update(agree=finding.agree, unclear=finding.unclear, of=finding.of)
    return fields
