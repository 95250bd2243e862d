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
    """The words of each command in the page's blocks of shell; those of a pipe one by one."""
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
            lines += _commands(words)
        assert not begun, f"a quotation without an end: {begun}"
    return lines


def _commands(words: list[str]) -> list[list[str]]:
    """The commands of a pipe, each without the file that it reads."""
    starts = [0, *(place + 1 for place, word in enumerate(words) if word == "|")]
    ends = [*(start - 1 for start in starts[1:]), len(words)]
    parts = [words[start:end] for start, end in zip(starts, ends, strict=True)]
    return [part[: part.index("<")] if "<" in part else part for part in parts if part]


def inline_commands(text: str) -> list[list[str]]:
    """The words of each `marketwake ...` within a sentence."""
    return [shlex.split(words) for words in re.findall(r"`marketwake ([^`]+)`", text)]
