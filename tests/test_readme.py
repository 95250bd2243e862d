"""What the README shows is what the program says."""

import re
from pathlib import Path

import duckdb
import pytest

from pipeline.claims import read_claims
from pipeline.warehouse import reader

TEXT = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([ab]\d\d) \| (.+) \| \*\*(\w+)\*\* \| (.+) \|$", TEXT, re.MULTILINE)
QUERIES = (
    re.findall(r'marketwake sql "([^"]+)"', TEXT)
    + re.findall(r'con\.sql\("([^"]+)"\)', TEXT)
    + re.findall(r"`(from as_known_at[^`]+)`", TEXT)
)


def test_the_claims_it_quotes_are_those_of_the_sample(sample_root: Path) -> None:
    with reader(sample_root) as con:
        found = {one["id"]: (one["id"], one["statement"], one["verdict"], one["reason"]) for one in read_claims(con)}
    assert len(ROWS) > 5
    assert [found[row[0]] for row in ROWS] == ROWS


@pytest.mark.parametrize("query", QUERIES)
def test_its_queries_run(sample_root: Path, query: str) -> None:
    with duckdb.connect(sample_root / "market.duckdb", read_only=True) as con:
        assert con.sql(query) is not None


def test_it_has_queries() -> None:
    assert len(QUERIES) >= 3
