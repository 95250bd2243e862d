"""Text for people: what steers a terminal or reorders what is read is shown, not sent."""

import logging
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.base.errors import SourceChangedError
from marketwake.base.log import Lines
from marketwake.base.text import closest, misspelt, printable

BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""Classes of Unicode's bidirectional algorithm that embed, override or isolate."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # A title of the window, and its bell; CSI in seven bits and in eight; a column deleted.
        ("60\x1b]0;owned\x07\x1b[2J", "60�]0;owned��[2J"),
        ("\x9b31m\x7f\x08", "�31m��"),
        # Reads as `user` where the override is obeyed; the marks of an Arabic letter.
        ("\u202eresu\u202c \u2067x\u2069 \u061c\u200f", "�resu� �x� ��"),
        ("over\rwritten", "over�written"),
        ("line\r\nline\n\tcell", "line\nline\n\tcell"),
        ("half \ud800", "half �"),
        # Words of people, an emoji of several parts, a space that does not break.
        ("Zürich €5 比特币 שלום 👩\u200d🚀\u00a0…", "Zürich €5 比特币 שלום 👩\u200d🚀\u00a0…"),
    ],
)
def test_what_steers_is_shown_as_a_mark(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_any_text_can_be_shown(text: str) -> None:
    shown = printable(text)
    shown.encode()
    assert printable(shown) == shown
    assert len(shown) == len(text.replace("\r\n", "\n"))
    for mark in shown:
        assert mark in "\t\n" or unicodedata.category(mark) != "Cc"
        assert unicodedata.bidirectional(mark) not in BIDI


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"])))
def test_words_stay_as_they_are(text: str) -> None:
    assert printable(text) == text


def test_errors_and_lines_of_the_log_quote_safely() -> None:
    error = SourceChangedError("inbox", "x\x1b.csv", "a figure", "'6\x1b[2J'")
    assert str(error).startswith("inbox: x�.csv: expected a figure, found '6�[2J'")
    record = logging.LogRecord("marketwake", logging.INFO, "", 0, "%s broke", ("\x1b[31m",), None)
    assert Lines("%(message)s").format(record) == "�[31m broke"


@pytest.mark.parametrize(
    ("missing", "asked"),
    [
        (["series"], "Is 'serie' to be 'series'? "),
        (["event", "day"], "Is 'Day' to be 'day'? "),
        (["benchmark"], ""),
    ],
)
def test_a_name_that_is_there_may_be_a_misspelt_one(missing: list[str], asked: str) -> None:
    assert misspelt(missing, ["serie", "Day"]) == asked


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("a1", "Did you mean 'a10' or 'a11'? "),
        ("hours", "Did you mean 'hours_with_flows'? "),
        ("hols", "Did you mean 'holes'? "),
        ("BTC", "Did you mean 'btc'? "),
        ("xyz", ""),
        ("", ""),
    ],
)
def test_what_may_have_been_meant_is_asked(name: str, asked: str) -> None:
    assert (
        closest(name, ["a10", "a11", "a31", "holes", "hours_with_flows", "btc", "btc-eth"]) == asked
    )
