"""docs/sources.md says of each source what the program goes by."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from marketwake.base.series import INTERVALS
from marketwake.base.settings import Settings
from marketwake.sources.coingecko.coin_list import PAGE
from marketwake.sources.smallest import smallest
from marketwake.sources.spot.venues import VENUES

PAGE_TEXT = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")


def _section(title: str) -> str:
    (text,) = re.findall(rf"^#+ {title}\n(.*?)(?=^#|\Z)", PAGE_TEXT, re.DOTALL | re.MULTILINE)
    return str(text)


def test_every_source_is_there_with_its_address_and_its_terms() -> None:
    rows = {
        row.split("|")[1].split("`")[1]: row
        for row in PAGE_TEXT.splitlines()
        if row.startswith(("| [`", "| `"))
    }
    for thing in smallest(Settings()):
        assert str(urlsplit(thing.address).hostname) in rows[thing.source]
        assert thing.terms in PAGE_TEXT, thing.source


@pytest.mark.parametrize("venue", VENUES)
def test_a_venues_page_and_lengths_are_those_that_it_is_asked_for(venue: str) -> None:
    candles, text = VENUES[venue].candles, _section(venue)
    assert f"{candles.page_bars} bars" in text
    (lengths,) = re.findall(r"^\| lengths \| (.*?) \|", text, re.MULTILINE)
    served = [length for length in INTERVALS if length not in candles.lacks]
    if "all that can be asked for" in lengths:
        assert set(re.findall(r"but (\w+)", lengths)) == candles.lacks
    else:
        assert lengths.split() == served


def test_a_page_of_the_list_of_coins_is_as_long_as_it_says() -> None:
    assert f"{PAGE} a page" in _section("CoinGecko")
