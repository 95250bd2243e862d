"""What was written about an event, as its page shows it: claims by theme, each with its reason, its
figures against what it states, the rows they rest on, and its query.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

import duckdb

from marketwake.base.figure_text import Language
from marketwake.base.languages import said, translated
from marketwake.fact_check.claim_file import THEMES
from marketwake.fact_check.verdict import VERDICTS, Verdict, combined
from marketwake.report.drawing.clock import clock_name
from marketwake.report.drawing.words import NAMES
from marketwake.report.strips import strips, values_of
from marketwake.report.tables import Row, rows
from marketwake.report.text import MISSING, figure_text, known_text, range_text, stated_text

WORDS: dict[str, str] = dict(
    zip(
        VERDICTS,
        ("right", "mostly right", "mixed", "mostly wrong", "wrong", "cannot be tested"),
        strict=True,
    )
)
"""The verdicts as a newspaper would put them."""
TITLES = dict(
    zip(
        THEMES,
        (
            "Prices",
            "Traded volume",
            "Funds and companies",
            "Futures",
            "Other coins",
            "Interest rates",
            "Retirement plans",
            "Precedents",
            "Other statements",
        ),
        strict=True,
    )
)
KINDS = {
    "window": "measured after the event, from every instant at which it may have become known",
    "quote": "a figure that the author looked up: right where it held before publication",
    "document": "compared with a document",
    "arithmetic": "calculated again",
    "cause": "a statement about causes: figures can fit it, but not prove it",
    "forecast": "a forecast, on which no figure decides",
}
"""How a part is decided."""
_SINGLE = {
    (1, 0): "there is one figure, and it agrees",
    (0, 0): "there is one figure, and it does not agree",
    (0, 1): "there is one figure, and it is unclear",
}
"""Of a part with one comparison, by how many agree and are unclear."""
_DAY = "yyyymmdd"


def claims(con: duckdb.DuckDBPyConnection, event: str, language: Language) -> list[Row]:
    """Every claim on an event, in the order of its themes.

    Args:
        con: a warehouse after the claims were judged; a reader will do.
        event: an event of seed.event.
        language: of what is read.
    """
    figures, parts, evidence = (
        _by_claim(con, f"mart.claim_{table}", event, order)
        for table, order in (("figure", "ordinal"), ("part", "part"), ("evidence", "ordinal"))
    )
    judged = rows(con, "select * from mart.claim where event = $event order by claim", event=event)
    return [
        _claim(
            row,
            parts.get(row["claim"], []),
            figures.get(row["claim"], []),
            evidence.get(row["claim"], []),
            language,
        )
        for row in sorted(judged, key=lambda row: THEMES.index(row["theme"]))
    ]


def themes(of_event: Sequence[Row], language: Language) -> list[tuple[str, list[Row]]]:
    """The claims by the title of their theme, in their order."""
    return [
        (translated(TITLES[theme], language), list(members))
        for theme, members in groupby(of_event, key=lambda claim: claim["theme"])
    ]


def tally(of_event: Iterable[Row], language: Language) -> list[Row]:
    """How many claims have which verdict, and the first of them, the right ones first; no verdict
    that none has.
    """
    by_verdict: dict[Verdict, list[str]] = {verdict: [] for verdict in VERDICTS}
    for claim in of_event:
        by_verdict[claim["verdict"]].append(claim["claim"])
    return [
        {
            "verdict": verdict,
            "word": translated(WORDS[verdict], language),
            "count": len(members),
            "first": members[0],
        }
        for verdict, members in by_verdict.items()
        if members
    ]


def _by_claim(
    con: duckdb.DuckDBPyConnection, table: str, event: str, order: str
) -> dict[str, list[Row]]:
    every = rows(
        con,
        f"select found.* from {table} as found inner join mart.claim using (claim) "
        f"where event = $event order by claim, {order}",
        event=event,
    )
    return {name: list(group) for name, group in groupby(every, key=lambda row: row["claim"])}


def _claim(
    row: Row, parts: list[Row], figures: list[Row], evidence: list[Row], language: Language
) -> Row:
    signed = any((figure["value"] or 0.0) < 0 for figure in figures if figure["unit"] == "fraction")
    return {
        **row,
        "word": translated(WORDS[row["verdict"]], language),
        "tested": _tested(row, parts, language),
        "first": _first(row, parts, language),
        "statement": _in(row, "statement", language),
        "reason": _in(row, "reason", language),
        "stated_text": stated_text(row["stated"], row["unit"], signed, language),
        "computed_text": _in_short(row, figures, signed, language),
        "has_spans": any(figure["low"] != figure["high"] for figure in figures if figure["anchor"]),
        "parts": [
            _part(row, part, [each for each in figures if each["part"] == part["part"]], language)
            for part in parts
        ],
        "evidence": [_evidence(each, language) for each in evidence],
    }


def _tested(row: Row, parts: list[Row], language: Language) -> str:
    """How many parts the verdict is of, where some cannot be tested; else nothing."""
    tested = sum(part["verdict"] != "not testable" for part in parts)
    if tested == len(parts) or row["verdict"] == "not testable":
        return ""
    return said(
        "as far as tested: {tested} of {all} parts", language, tested=tested, all=len(parts)
    )


def _first(row: Row, parts: list[Row], language: Language) -> str:
    """The verdict under the definitions first written, where it was another; else nothing."""
    first = combined(part["first_verdict"] or part["verdict"] for part in parts)
    if first == row["verdict"]:
        return ""
    return said("as first defined: {verdict}", language, verdict=translated(WORDS[first], language))


def _in(row: Row, name: str, language: Language) -> str:
    return str((row[f"{name}_zh"] if language == "zh" else None) or row[name])


def _in_short(claim: Row, figures: list[Row], signed: bool, language: Language) -> str:
    """The range of the figures that decide in the first part that has some in the unit of what is
    stated, or some days; changes carry a sign, shares do not. Nothing where no such figure votes.
    """
    unit = claim["unit"]
    voting = [row for row in figures if row["vote"] is not None]
    for wanted in ({unit}, {"yield"} if unit == "fraction" else {unit}, {_DAY}):
        for _, rows_of_part in groupby(voting, key=lambda row: row["part"]):
            voters = list(rows_of_part)
            chosen = [row for row in voters if row["role"] == "main"] or voters
            if {row["unit"] for row in chosen if values_of(row)} == wanted:
                values = [value for row in chosen for value in values_of(row)]
                return range_text(values, min(wanted), signed, language)
    return ""


def _part(claim: Row, part: Row, figures: list[Row], language: Language) -> Row:
    form = (
        _SINGLE[part["agree"], part["unclear"]]
        if part["of"] == 1
        else "{agree} of {of} agree, {unclear} unclear"
        if part["unclear"]
        else "{agree} of {of} agree"
    )
    counts = said(form, language, **{name: part[name] for name in ("agree", "of", "unclear")})
    first = part["first_verdict"]
    return {
        "says": translated(part["says"], language),
        "word": translated(WORDS[part["verdict"]], language),
        "verdict": part["verdict"],
        "reason": _in(part, "reason", language),
        "kind": translated(KINDS[part["kind"]], language),
        "main": part["main"] and translated(part["main"], language),
        "counts": counts if part["of"] else None,
        "first": first if first and first != part["verdict"] else None,
        "first_word": first and translated(WORDS[first], language),
        "strips": strips(claim, figures, language),
        "figures": _figures(figures, language),
    }


def _figures(figures: list[Row], language: Language) -> list[Row]:
    """Equal figures are one line, which names the anchors and venues that give them."""
    signed = any(value < 0 for row in figures for value in values_of(row))
    lines: dict[tuple[str, ...], list[str]] = {}
    for row in figures:
        spread = range_text((row["low"], row["high"]), row["unit"], signed, language)
        line = (
            translated(row["definition"], language),
            figure_text(row["value"], row["unit"], signed, language),
            spread if row["low"] is not None and row["low"] != row["high"] else "",
            translated(row["vote"] or MISSING, language),
            translated(row["note"] or "", language),
        )
        venue = translated(NAMES.get(row["venue"], row["venue"] or ""), language)
        words = (clock_name(row["anchor"], language) if row["anchor"] else "", venue)
        lines.setdefault(line, []).append(" ".join(word for word in words if word))
    names = ("definition", "value", "range", "vote", "note")
    return [
        dict(zip(names, line, strict=True))
        | {"places": translated(", ", language).join(dict.fromkeys(filter(None, of)))}
        for line, of in lines.items()
    ]


def _evidence(row: Row, language: Language) -> Row:
    recorded = row["recorded_at"]
    return {
        "what": translated(row["what"], language),
        "value": figure_text(row["value"], row["unit"] or "ratio", False, language),
        "publisher": translated(row["publisher"], language),
        "source": translated(row["source"], language),
        "payload": row["payload_sha256"],
        "recorded": recorded and known_text(recorded, "minute", language),
    }
