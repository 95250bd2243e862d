"""How a night ends on the terminal, in about a dozen lines."""

from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from marketwake.base.errors import counted
from marketwake.cli.console import Terminal, is_quiet, say
from marketwake.cli.show import counts
from marketwake.cli.show_claims import tally
from marketwake.report.headline import headline
from marketwake.warehouse.files import Warehouse

if TYPE_CHECKING:
    from marketwake.runs.result import RunResult

_LISTED = 5
"""Contradicted statements that are named."""


def ending(result: "RunResult", root: Path) -> None:
    """What a run brought, the answer about its first event, what was written and how it fares,
    where the page is, and what to ask next.
    """
    if is_quiet():
        return
    counts(result)
    with Warehouse(root).reader() as con:
        answer = headline(con, result.pages[0].stem) if result.pages else []
        claims = con.execute(
            "select claim, verdict, statement from mart.claim order by claim"
        ).fetchall()
    if answer:
        say(f"\n{' '.join(answer)}")
    contradicted = [(name, said) for name, verdict, said in claims if verdict == "contradicted"]
    if claims:
        told = f"\n{counted(len(claims), 'statement')}: {tally(row[1] for row in claims)}."
        say(told + (" Contradicted by the figures:" if contradicted else ""))
    for name, said in contradicted[:_LISTED]:
        say(_cut(f"  {name}  {said}"))
    if len(contradicted) > _LISTED:
        say(f"  and {len(contradicted) - _LISTED} more: marketwake claims")
    say("")
    for page in result.pages[:1]:
        say(f"The page:  {_short(page)}   (marketwake open lists all {len(result.pages)})")
    named = f"claims {contradicted[0][0]}" if contradicted else "claims"
    page_of = f", marketwake study {result.pages[0].stem}" if result.pages else ""
    say(f"Ask next:  marketwake {named}{page_of}, marketwake sql")


def _cut(line: str) -> str:
    """A line that a terminal has on one of its own."""
    console, text = Terminal(), Text(line)
    if console.is_laid_out:
        text.truncate(console.width, overflow="ellipsis")
    return text.plain


def _short(path: Path) -> str:
    """A path below the working directory without that."""
    return relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
