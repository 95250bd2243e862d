"""Claims on the terminal: all in a table, one with its parts, figures and the rows they rest on."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from rich.markup import escape

from marketwake.base.figure_text import Language, format_range, format_stated, format_value
from marketwake.base.languages import translated
from marketwake.cli.console import Terminal, plain, put, put_groups, say
from marketwake.cli.show import heading, own_addresses
from marketwake.fact_check.verdict import VERDICTS

_COLOURS = {
    "supported": "green",
    "mostly supported": "green",
    "mixed": "yellow",
    "mostly contradicted": "red",
    "contradicted": "red",
    "not testable": "bright_black",
}
Claim = dict[str, Any]


def show_claims(judged: list[Claim], language: Language) -> None:
    """Every claim with its verdict and reason. A narrow terminal has the reason below the
    statement.
    """
    own_addresses(judged[0].get("own_addresses", []) if judged else [])
    console = Terminal()
    names = ["id", "verdict", "statement"]
    if console.is_wide:
        names.append("what the figures say")
    table = plain(*(_said(name, language) for name in names))
    for column, ratio in zip(table.columns[1:], (None, 3, 4), strict=False):
        column.max_width, column.ratio = (None if ratio else 20), ratio
    for claim in judged:
        statement, reason = (escape(_of(claim, name, language)) for name in ("statement", "reason"))
        cells = [claim["id"], f"{_word(claim['verdict'], language)}\n{_counts(claim, language)}"]
        cells += (
            [statement, f"{reason}\n"] if console.is_wide else [f"[bold]{statement}[/]\n{reason}\n"]
        )
        table.add_row(*cells)
    put(f"[bold]{_said('What was written, and what the figures say', language)}[/]")
    put(table)
    say(tally((claim["verdict"] for claim in judged), language))


def tally(verdicts: Iterable[str], language: Language = "en") -> str:
    """How many there are of each verdict, from supported to not testable."""
    counts = Counter(verdicts)
    return ", ".join(
        f"{counts[verdict]} {translated(verdict, language)}"
        for verdict in VERDICTS
        if counts[verdict]
    )


def show_claim(claim: Claim, language: Language) -> None:
    """One claim: its parts with their verdicts, the distinct figures, and the rows they rest on."""
    own_addresses(claim.get("own_addresses", []))
    say(f"{claim['id']}: {_of(claim, 'statement', language)}")
    stated = _said(format_stated(claim["stated"], claim["unit"], language), language)
    colon = _said(": ", language)
    source = f"({claim['event']}, {claim['article']})"
    say(f"{_said('stated', language)}{colon}{stated}   {source}")
    for number, part in enumerate(claim["parts"], start=1):
        put(
            f"\n{_word(part['verdict'], language)}  {escape(_said(part['says'], language))}"
            f"  [bright_black]{escape(_counts(part, language))}[/]"
        )
        say(_of(part, "reason", language))
        _figures([row for row in claim["figures"] if row["part"] == number], language)
    _evidence(claim, language)
    say(f"\n{_said('The query', language)}{colon}marketwake claims {claim['id']} --sql")
    say(f"{_said('To run it again:', language)} marketwake sql --claim {claim['id']}")


def _figures(figures: list[Claim], language: Language) -> None:
    """Equal figures are one line, which names the anchors and venues that give them."""
    lines: dict[tuple[str, str, str, str], list[str]] = {}
    for row in figures:
        spread = (
            format_range(row["low"], row["high"], row["unit"], language=language)
            if row["low"] is not None and (row["value"] is None or row["low"] < row["high"])
            else ""
        )
        value = (
            ""
            if row["value"] is None
            else format_value(row["value"], row["unit"], language=language)
        )
        key = (_said(row["definition"], language), value, spread, row["vote"] or "-")
        place = " ".join(_said(word, language) for word in (row["anchor"], row["venue"]) if word)
        lines.setdefault(key, []).append(place)
    rows = [
        (definition, value, spread, _said(vote, language), _named(places, language))
        for (definition, value, spread, vote), places in lines.items()
    ]
    names = ("definition", "figure", "range", "agrees", "of")
    put_groups([_said(name, language) for name in names], rows)


def _named(places: list[str], language: Language) -> str:
    return _said(", ", language).join(dict.fromkeys(place for place in places if place))


def _evidence(claim: Claim, language: Language) -> None:
    if not claim["evidence"]:
        return
    rows = [
        (
            _said(": ", language).join(
                _said(row[name], language) for name in ("publisher", "source")
            ),
            _said(row["what"], language),
            ""
            if row["value"] is None
            else format_value(row["value"], row["unit"], language=language),
            (row["payload_sha256"] or "")[:12],
            (row["recorded_at"] or "")[:16].replace("T", " "),
        )
        for row in claim["evidence"]
    ]
    heading(_said("The rows they rest on", language))
    names = ("published by", "what", "value", "payload", "stored")
    put_groups([_said(name, language) for name in names], rows)


def _said(text: str, language: Language) -> str:
    return translated(text, language)


def _of(row: Claim, name: str, language: Language) -> str:
    return str(row.get(f"{name}_zh") or row[name]) if language == "zh" else str(row[name])


def _word(verdict: str, language: Language) -> str:
    return f"[{_COLOURS[verdict]}]{translated(verdict, language)}[/]"


def _counts(row: Claim, language: Language) -> str:
    told = []
    if row["of"]:
        told.append(
            _said("{agree} of {of} agree", language).format(agree=row["agree"], of=row["of"])
        )
    if row["unclear"]:
        told.append(_said("{unclear} unclear", language).format(unclear=row["unclear"]))
    if row["first_verdict"] and row["first_verdict"] != row["verdict"]:
        first = translated(row["first_verdict"], language)
        told.append(_said("as first defined: {verdict}", language).format(verdict=first))
    return _said("; ", language).join(told)
