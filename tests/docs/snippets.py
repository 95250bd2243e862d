"""What the pages show, cut out of them."""

import re
import shlex
import textwrap
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PAGES = {
    path.name: path.read_text(encoding="utf-8")
    for path in (
        CHECKOUT / "README.md",
        CHECKOUT / "CONTRIBUTING.md",
        *sorted((CHECKOUT / "docs").glob("*.md")),
    )
}


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language, in the order of the page."""
    fenced = rf"^ *```{language}\n(.*?)^ *```$"
    return [textwrap.dedent(code) for code in re.findall(fenced, text, re.MULTILINE | re.DOTALL)]


def command_lines(text: str) -> list[list[str]]:
    """The words of each command in the page's blocks of shell."""
    lines: list[list[str]] = []
    for block in blocks(text, "sh"):
        begun = ""
        for line in block.splitlines(keepends=True):
            begun += line
            if line.endswith("\\\n"):
                begun = begun.removesuffix("\\\n")
                continue
            try:
                words = shlex.split(begun, comments=True)
            except ValueError:  # a quotation that goes on in the next line
                continue
            begun = ""
            # A comment alone is no command, and what is set for it is none of its words.
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words.pop(0)
            if words:
                lines.append(words)
        assert not begun, f"a quotation without an end: {begun}"
    return lines


def inline_commands(text: str) -> list[list[str]]:
    """The words of each `marketwake ...` within a sentence."""
    return [shlex.split(words) for words in re.findall(r"`marketwake ([^`]+)`", text)]
