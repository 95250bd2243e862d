"""Claims on the terminal: all in a table, one with its parts, figures and the rows they rest on."""

from collections import Counter
from typing import Any

from rich.markup import escape
from rich.table import Table

from marketwake.base.figure_text import Language, format_range, format_stated, format_value
from marketwake.base.languages import translated
from marketwake.cli.show import WIDE, out, own_addresses, say
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
    wide = out.width >= WIDE
    table = Table(title=_said("What was written, and what the figures say", language))
    table.title_justify = "left"
    table.add_column("id", no_wrap=True)
    table.add_column(_said("verdict", language), max_width=20, overflow="fold")
    table.add_column(_said("statement", language), ratio=3, overflow="fold")
    if wide:
        table.add_column(_said("what the figures say", language), ratio=4, overflow="fold")
    for claim in judged:
        statement, reason = (escape(_of(claim, name, language)) for name in ("statement", "reason"))
        cells = [claim["id"], f"{_word(claim['verdict'], language)}\n{_counts(claim, language)}"]
        cells += [statement, reason] if wide else [f"[bold]{statement}[/]\n{reason}"]
        table.add_row(*cells)
    out.print(table)
    counts = Counter(claim["verdict"] for claim in judged)
    say(
        ", ".join(
            f"{counts[verdict]} {translated(verdict, language)}"
            for verdict in VERDICTS
            if counts[verdict]
        )
    )


def show_claim(claim: Claim, language: Language) -> None:
    """One claim: its parts with their verdicts, the distinct figures, and the rows they rest on."""
    own_addresses(claim.get("own_addresses", []))
    say(f"{claim['id']}: {_of(claim, 'statement', language)}")
    stated = _said(format_stated(claim["stated"], claim["unit"], language), language)
    say(f"{_said('stated', language)}: {stated}   ({claim['event']}, {claim['article']})")
    for number, part in enumerate(claim["parts"], start=1):
        out.print(
            f"\n{_word(part['verdict'], language)}  {escape(_said(part['says'], language))}"
            f"  [bright_black]{escape(_counts(part, language))}[/]",
            highlight=False,
        )
        say(_of(part, "reason", language))
        _figures([row for row in claim["figures"] if row["part"] == number], language)
    _evidence(claim, language)
    say(f"marketwake claims {claim['id']} --sql: the query; marketwake sql --claim {claim['id']}")


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
        place = " ".join(
            word for word in (translated(row["anchor"] or "", language), row["venue"]) if word
        )
        lines.setdefault(key, []).append(place)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("definition", "figure", "range", "agrees", "of"):
        table.add_column(_said(name, language), overflow="fold")
    for (definition, value, spread, vote), places in lines.items():
        named = ", ".join(dict.fromkeys(place for place in places if place))
        table.add_row(*map(escape, (definition, value, spread, _said(vote, language), named)))
    out.print(table)


def _evidence(claim: Claim, language: Language) -> None:
    if not claim["evidence"]:
        return
    table = Table(title="\n" + _said("The rows they rest on", language), title_justify="left")
    table.box, table.pad_edge = None, False
    for name in ("what", "value", "published by", "payload", "stored"):
        table.add_column(_said(name, language), overflow="fold")
    for row in claim["evidence"]:
        table.add_row(
            escape(row["what"]),
            "" if row["value"] is None else format_value(row["value"], row["unit"]),
            escape(f"{row['publisher']}: {row['source']}"),
            (row["payload_sha256"] or "")[:12],
            (row["recorded_at"] or "")[:16].replace("T", " "),
        )
    out.print(table)


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
