"""What the README shows is what the program says."""

import re
from pathlib import Path

import pytest

from marketwake.fact_check.reading import read_claims
from marketwake.warehouse.files import Warehouse
from tests.docs.snippets import CHECKOUT, PAGES

TEXT = PAGES["README.md"]
ROWS = re.findall(r"^\| ([ab]\d\d) \| (.+) \| \*\*([\w ]+)\*\* \| (.+) \|$", TEXT, re.MULTILINE)
PICTURES = sorted((CHECKOUT / "docs" / "pictures").iterdir())


def test_the_claims_it_quotes_are_those_of_the_sample(sample_root: Path) -> None:
    with Warehouse(sample_root).reader() as con:
        claims = {
            claim["id"]: tuple(claim[name] for name in ("id", "statement", "verdict", "reason"))
            for claim in read_claims(con)
        }
    assert len(ROWS) > 5
    assert [claims[row[0]] for row in ROWS] == ROWS
    assert f"All {len(claims)} come" in TEXT


def test_it_leads_to_every_page_of_the_docs() -> None:
    linked = set(re.findall(r"\]\((docs/[^)#]+)\)", TEXT))
    # The panel of coins is a part of the nights, and its page leads there.
    pages = {f"docs/{name}" for name in PAGES if (CHECKOUT / "docs" / name).is_file()}
    assert pages - {"docs/coins.md"} == {name for name in linked if name.endswith(".md")}


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_a_picture_is_light_and_shown(picture: Path) -> None:
    assert picture.stat().st_size < 250_000
    assert [name for name, text in PAGES.items() if f"pictures/{picture.name})" in text]
