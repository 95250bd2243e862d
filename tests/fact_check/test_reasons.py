"""The sentences: every one is whole in both languages, whatever is held, and the catalogue has
every text that people read and no other.
"""

import ast
import re
from dataclasses import replace
from pathlib import Path

import duckdb
import polib
import pytest

from marketwake.base.figure_text import format_range, format_value
from marketwake.base.languages import FOLDER as CATALOGUES
from marketwake.base.languages import translated
from marketwake.base.resources import PACKAGE
from marketwake.fact_check import reasons
from marketwake.fact_check.claim_file import read_claim
from marketwake.fact_check.evaluation import FOLDER, evaluate
from marketwake.fact_check.reading import read_claims
from marketwake.fact_check.verdict import VERDICTS, VOTES
from marketwake.runs.nightly import nightly
from marketwake.runs.run import PLAIN
from marketwake.warehouse.files import Warehouse

CLAIMS = [read_claim(path) for path in sorted(FOLDER.glob("*.sql"))]
CHINESE = re.compile("[\u4e00-\u9fff]")


def whole(con: duckdb.DuckDBPyConnection) -> None:
    """Every sentence of every claim, in both languages, is one that a person can read."""
    claims = read_claims(con)
    assert len(claims) == len(CLAIMS)
    for claim in claims:
        assert CHINESE.search(claim["statement_zh"])
        for part in [claim, *claim["parts"]]:
            english, chinese = part["reason"], part["reason_zh"]
            assert english[0].isupper() or english[0].isdigit(), english
            assert english.endswith("."), english
            assert chinese.endswith("。"), chinese
            assert CHINESE.search(chinese), chinese
            assert not CHINESE.search(english), english
            for said in (english, chinese):
                assert not re.search(r"[{}]|None|\bnan\b|\b[a-z]+_[a-z_]+\b|  ", said), said


def test_every_sentence_is_whole_on_the_sample(sample_root: Path) -> None:
    with Warehouse(sample_root).reader() as con:
        whole(con)


def test_every_sentence_is_whole_without_data(con: duckdb.DuckDBPyConnection) -> None:
    evaluate(con)
    whole(con)


def test_every_sentence_is_whole_on_recorded_files(shared: Path, tmp_path: Path) -> None:
    root = tmp_path / "warehouse"
    nightly(root, "archive", shared, replace(PLAIN, report=lambda _: ([], [])))
    with Warehouse(root).reader() as con:
        whole(con)


@pytest.mark.parametrize("path", sorted(CATALOGUES.glob("*.po")), ids=lambda path: path.stem)
def test_the_catalogue_has_every_text_of_the_claims(path: Path) -> None:
    read = {text for claim in CLAIMS for text in texts(claim.statement, claim.parts)}
    read |= {claim.stated for claim in CLAIMS if claim.unit == "words"}
    read |= {reasons.PLAIN, reasons.UNDECIDED, reasons.SILENT, *VERDICTS, *VOTES, *ANCHORS}
    read |= said_by(PACKAGE / "cli" / "show_claims.py")
    kept = {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))}
    assert read - set(kept) == set()
    for english in read:
        other = kept[english]
        assert sorted(re.findall(r"{.*?}", english)) == sorted(re.findall(r"{.*?}", other)), english


ANCHORS = {
    row.split(",")[1]
    for row in (FOLDER.parent / "seeds" / "anchor.csv").read_text("utf-8").splitlines()
    if row.startswith("eo-401k,")
}


def texts(statement: str, parts: object) -> set[str]:
    """What a claim file says to people."""
    told = {statement}
    for part in parts:  # type: ignore[attr-defined]
        sentences = {part.lines[name] for name in ("reason", "otherwise") if name in part.lines}
        told |= {part.says, *part.definitions.values()} | sentences
    return told


def said_by(module: Path) -> set[str]:
    """The texts that a module hands to `_said`, those of its loops included."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    told = list[ast.AST]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_said":
            told += node.args
        if isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple):
            told += node.iter.elts
    return {
        word.value
        for word in told
        if isinstance(word, ast.Constant) and isinstance(word.value, str)
    }


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (0.884, "fraction", "88.4 %", "88.4%"),
        (0.0129, "yield", "1.29 %", "1.29%"),
        (20250808.0, "yyyymmdd", "2025-08-08", "2025-08-08"),
        (683.3e6, "usd", "683.3 M USD", "6.833 亿美元"),
        (0.45e12, "usd", "450 B USD", "4500 亿美元"),
        (12.2e12, "usd", "12.2 T USD", "12.2 万亿美元"),
        (-812.3e6, "usd", "-812.3 M USD", "-8.123 亿美元"),
        (4299.0, "usd", "4,299 USD", "4,299 美元"),
        (1.4321, "ratio", "1.43", "1.43"),
        (3.0, "hour", "3 h", "3 小时"),
        (3_023_255.0, "coin", "3.023 M coins", "302.3 万枚"),
        (73_000.0, "persons", "73,000 persons", "7.3 万人"),
        (0.018, "points", "1.8 points", "1.8 个百分点"),
        (0.0, "yes_no", "no", "否"),
        (1.0, "private_trusts_only", "private trusts only", "仅限私人信托"),
    ],
)
def test_values_are_printed_as_people_read_them(
    value: float, unit: str, english: str, chinese: str
) -> None:
    assert format_value(value, unit) == english
    assert format_value(value, unit, language="zh") == chinese


def test_a_range_has_its_unit_once() -> None:
    assert format_range(-0.0044, 0.0216, "fraction", signed=True) == "-0.4 to +2.2 %"
    assert format_range(-0.0044, 0.0216, "fraction", language="zh") == "-0.4% 至 2.2%"
    assert format_range(683.3e6, 1.48e9, "usd", language="zh") == "6.833 亿至 14.8 亿美元"
    assert format_range(4219, 4638, "usd", language="zh") == "4,219 至 4,638 美元"
    assert format_range(683.3e6, 1.48e9, "usd") == "683.3 M USD to 1.48 B USD"
    assert format_range(0.00145, 0.00145, "fraction", digits=3) == "0.145 %"
    assert format_range(0.54, 0.54, "fraction", digits=0) == "54 %"
    assert format_range(0.0195, 0.0225, "yield", language="zh") == "1.95% 至 2.25%"


def test_what_the_catalogue_lacks_stays_english() -> None:
    assert translated("Nobody said so.", "zh") == "Nobody said so."
