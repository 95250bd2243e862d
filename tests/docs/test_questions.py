"""The ten questions. What they answer is held against the page by test_snippets.py, as all SQL is;
here the page is held against what was published.
"""

import re
from pathlib import Path

import pytest

from marketwake.cli.sql.query import asking
from tests.docs.snippets import PAGES

TEXT = PAGES["questions.md"]
ANSWERS = {
    int(number): answer
    for number, answer in re.findall(
        r"^\*\*(\d+)\. .*?```sql\n.*?((?:^-- [^\n]*\n)+)```", TEXT, re.MULTILINE | re.DOTALL
    )
}


def test_there_are_ten_with_an_answer_each() -> None:
    assert list(ANSWERS) == list(range(1, 11))


def test_the_answers_it_prints_are_the_published_figures() -> None:
    # Farside: ether funds 222.3 and 461.0 million on 2025-08-07 and 08, 1,018.8 on the 11th;
    # bitcoin funds 1,373.8 on 2024-11-07.
    assert re.findall(r"\| ([\d.]+) \|", ANSWERS[2]) == ["222.3", "461"]
    assert re.findall(r"[\d.]+$", ANSWERS[1], re.MULTILINE) == ["1373.8", "1018.8"]
    # In percent: ln(3816.90 / 3838.76) = -0.57, ln(3869.91 / 3838.76) = 0.81,
    # ln(3955.18 / 3838.76) = 2.99.
    percents = re.findall(r"\| (-?[\d.]+)$", ANSWERS[3], re.MULTILINE)
    assert percents == ["0", "-0.57", "0.81", "2.99"]


@pytest.mark.parametrize("query", re.findall(r"`(from [^`]+)`", TEXT))
def test_its_queries_in_sentences_run(sample_root: Path, query: str) -> None:
    with asking(sample_root) as con:
        assert con.sql(query) is not None
