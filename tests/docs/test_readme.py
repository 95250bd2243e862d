"""What the README shows is what the program says."""

import re
from datetime import date
from math import log
from pathlib import Path
from typing import Any

import pytest

from marketwake.cli.sql.output import shown
from marketwake.cli.sql.query import asking
from marketwake.fact_check.reading import read_claims
from marketwake.warehouse.files import Warehouse
from tests.docs.snippets import blocks

TEXT = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([ab]\d\d) \| (.+) \| \*\*([\w ]+)\*\* \| (.+) \|$", TEXT, re.MULTILINE)
QUERIES = re.findall(r'marketwake sql "([^"]+)"', TEXT) + re.findall(r"`(from [^`]+)`", TEXT)
QUESTIONS = re.findall(
    r"^\*\*(\d+)\. .*?```sql\n(.*?)((?:^-- [^\n]*\n)+)```", TEXT, re.MULTILINE | re.DOTALL
)


def test_the_claims_it_quotes_are_those_of_the_sample(sample_root: Path) -> None:
    with Warehouse(sample_root).reader() as con:
        claims = {
            claim["id"]: tuple(claim[name] for name in ("id", "statement", "verdict", "reason"))
            for claim in read_claims(con)
        }
    assert len(ROWS) > 5
    assert [claims[row[0]] for row in ROWS] == ROWS


@pytest.mark.parametrize("query", QUERIES)
def test_its_queries_run(sample_root: Path, query: str) -> None:
    with asking(sample_root) as con:
        assert con.sql(query) is not None


def test_it_has_queries_and_ten_questions() -> None:
    assert len(QUERIES) >= 2
    assert [int(number) for number, _, _ in QUESTIONS] == list(range(1, 11))


@pytest.mark.parametrize(
    ("number", "query", "answer"),
    QUESTIONS,
    ids=[f"question {number}" for number, _, _ in QUESTIONS],
)
def test_its_questions_have_the_answers_it_prints(
    sample_root: Path, number: str, query: str, answer: str
) -> None:
    with asking(sample_root) as con:
        rows = con.sql(query).fetchall()
    assert "".join(f"-- {' | '.join(map(shown, row))}\n" for row in rows) == answer, number


def test_the_answers_it_prints_are_the_published_figures() -> None:
    answers = {int(number): answer for number, _, answer in QUESTIONS}
    # Farside: ether funds 222.3 and 461.0 million on 2025-08-07 and 08, 1,018.8 on the 11th;
    # bitcoin funds 1,373.8 on 2024-11-07.
    assert re.findall(r"\| ([\d.]+) \|", answers[2]) == ["222.3", "461"]
    assert re.findall(r"[\d.]+$", answers[1], re.MULTILINE) == ["1373.8", "1018.8"]
    # In percent: ln(3816.90 / 3838.76) = -0.57, ln(3869.91 / 3838.76) = 0.81,
    # ln(3955.18 / 3838.76) = 2.99.
    assert re.findall(r"\| (-?[\d.]+)$", answers[3], re.MULTILINE) == ["0", "-0.57", "0.81", "2.99"]


# DuckDB 2.0 hands frames to pandas 3.1 in a way that pandas is about to retire.
@pytest.mark.filterwarnings("ignore:The inplace keyword")
@pytest.mark.usefixtures("place")
def test_its_python_runs() -> None:
    names: dict[str, Any] = {}
    # In the order of the page.
    for code in blocks(TEXT, "python"):
        exec(code, names)  # noqa: S102
    with names["con"]:
        # Coinbase's ETH-USD closed the hour before 16:00 UTC at 3,838.76.
        at_signing = names["hours"].query("anchor == 'signing' and hour == 0")
        assert at_signing["close"].to_list() == [3838.76]
        flows = names["flows"].filter(session=date(2025, 8, 8))
        assert flows["net_flow_usd"].to_list() == [461.0e6]
        assert len(names["weeks"]) > 4
    # The same hours from the event's anchor and from the instant that is named by itself.
    for study, anchor in ((names["order"], "signing"), (names["signing"], "at")):
        (rise,) = study.response.filter(
            anchor=anchor,
            is_nominal=True,
            venue="Coinbase",
            instrument="ETH",
            measure="log_return",
            window_unit="hour",
            window_length=24,
        )["value"]
        assert rise == pytest.approx(log(3955.18 / 3838.76), abs=1e-6)
    # What the page says of the many events.
    tests = {
        row["test"]: row for row in names["result"].tests.filter(window="0:2").iter_rows(named=True)
    }
    assert round(tests["brown_warner"]["mean_car"], 3) == 0.045
    assert tests["brown_warner"]["n"] == 46
    assert {name: round(row["p_value"], 2) for name, row in tests.items() if row["valid"]} == {
        "brown_warner": 0.08,
        "patell_adjusted": 0.14,
        "kolari_pynnonen": 0.25,
        "corrado_zivney": 0.1,
    }
