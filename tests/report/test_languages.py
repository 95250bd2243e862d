"""Every text of a page is there in Chinese, and the Chinese page is Chinese."""

# ruff: noqa: RUF001

import ast
import csv
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import duckdb
import polib
import pytest

from marketwake.base.languages import FOLDER, catalogue, translated
from marketwake.base.resources import SAMPLE, SQL
from marketwake.event_study.design import Design
from marketwake.report import claims, headline, page, picture
from marketwake.report.drawing import every, words
from marketwake.report.text import range_text
from marketwake.warehouse.files import Warehouse

CODE = FOLDER.parent
ENTRIES = polib.pofile(str(FOLDER / "zh.po"), encoding="utf-8")
CHINESE = re.compile("[\u4e00-\u9fff]")
LATIN = re.compile(r"(?:[A-Za-z][\w'’.-]*[ ,;:()/]+){4,}[A-Za-z]")
"""Five words or more."""
SEEDS = {
    "event": ["name", "source"],
    "anchor": ["anchor", "note", "source"],
    "confounder": ["name", "note", "source"],
    "instrument": ["kind"],
    "venue": ["kind"],
}
"""Columns of the seeds that pages show."""
MORE = {"{name} {by}": {"verb"}}
"""Chinese needs a verb where English leaves it out; it is handed over."""


def test_texts_of_templates_and_modules_are_in_the_catalogue() -> None:
    asked = [*_of_templates(), *_of_calls(), *picture.WORDS.values(), *every.NEEDED.values()]
    for texts in (claims.WORDS, claims.TITLES, claims.KINDS, words.NAMES, headline.WHEN):
        asked += texts.values()
    asked += [*page.METHOD, *Design().described(), *claims.WORDS]
    assert [text for text in dict.fromkeys(asked) if text not in catalogue("zh")] == []


def test_texts_of_seeds_and_of_the_design_are_in_chinese() -> None:
    shown = list(Design().described().values())
    for name, columns in SEEDS.items():
        with (SQL / "seeds" / f"{name}.csv").open(newline="") as file:
            shown += [row[column] for row in csv.DictReader(file) for column in columns]
    assert [text for text in dict.fromkeys(shown) if text and not _is_chinese(text)] == []


def test_entries_have_the_fields_of_their_english() -> None:
    assert len({entry.msgid for entry in ENTRIES}) == len(ENTRIES)
    for entry in ENTRIES:
        english, chinese = _fields(entry.msgid), _fields(entry.msgstr)
        assert chinese == english | (MORE.get(entry.msgid) or set()), entry.msgid


def test_no_entry_is_left_over() -> None:
    used = _written()
    left = [
        entry.msgid
        for entry in ENTRIES
        if "form" not in entry.flags
        and _one_line(entry.msgid) not in used
        # Names of columns and figures are shown with blanks.
        and entry.msgid.replace(" ", "_") not in used
    ]
    assert left == []


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("ETH at 2025-08-07 10:00 UTC", "以太坊，2025年8月7日 10:00 UTC"),
        ("BTC funds, session of 2025-12-01", "比特币基金，2025年12月1日交易日"),
        ("payrolls change, 2025-07-31", "非农就业新增人数，2025年7月31日"),
        (
            "222.3 M USD on 08-07 + 461.0 M USD on 08-08",
            "8月7日 2.223 亿美元 + 8月8日 4.61 亿美元",
        ),
        ("-3.6 to +2.4 %", "-3.6% 至 +2.4%"),
        ("+1,222 M", "+12.22 亿美元"),
        ("in the hours from 02:00, 03:00 UTC", "出现在以下时刻起的各一小时（UTC）：02:00、03:00"),
        ("Release of 2025-06-18 (read in full)", "Release of 2025-06-18（已阅全文）"),
        ("Nobody said so, 5 times.", "Nobody said so, 5 times."),
    ],
)
def test_texts_with_values_are_found_by_their_form(english: str, chinese: str) -> None:
    assert translated(english, "zh") == chinese
    assert translated(english, "en") == english


def test_ranges_name_their_unit_as_chinese_does() -> None:
    told = [
        range_text((6.712e9, 8.192e9), "usd", language="zh"),
        range_text((3574.0, 3737.0), "usd", language="zh"),
        range_text((-0.004, 0.022), "fraction", signed=True, language="zh"),
    ]
    shown = [text.replace("\N{NO-BREAK SPACE}", " ") for text in told]
    assert shown == ["67.12 亿 至 81.92 亿美元", "3,574 至 3,737 美元", "−0.4% 至 +2.2%"]


@pytest.fixture(scope="module")
def sample(sample_root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with Warehouse(sample_root).reader() as con:
        yield con


def test_rows_of_evidence_and_notes_are_in_chinese(sample: duckdb.DuckDBPyConnection) -> None:
    rows = sample.execute(
        "select what from mart.claim_evidence union select source from mart.claim_evidence "
        "union select note from mart.claim_figure where note is not null"
    ).fetchall()
    assert len(rows) > 200
    assert [text for (text,) in rows if not _is_chinese(text)] == []


def test_the_chinese_page_is_chinese(
    sample: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        page, "makers", lambda *given: dict.fromkeys(every.makers(*given), lambda: None)
    )
    shown = Shown()
    shown.feed(page.render(sample, "eo-401k", "zh"))
    passages = re.split(r"\n+", "".join(shown.passages))
    assert len(passages) > 1000
    assert [passage for passage in passages if LATIN.search(passage)] == []


class Shown(HTMLParser):
    """What a page says in its own language: no code, and nothing that is marked as English."""

    def __init__(self) -> None:
        super().__init__()
        self.passages: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br", "img", "input", "link"}:
            is_code = tag in {"script", "style", "code", "pre", "svg"}
            self._open.append((tag, is_code or dict(attrs).get("lang") == "en"))

    def handle_endtag(self, tag: str) -> None:
        while self._open.pop()[0] != tag:
            pass
        if tag != "span":
            self.passages.append("\n")

    def handle_data(self, data: str) -> None:
        if not any(is_other for _, is_other in self._open):
            self.passages.append(data)


def _is_chinese(text: str) -> bool:
    return bool(CHINESE.search(translated(text, "zh")))


def _fields(text: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(text) if name}


def _of_templates() -> Iterator[str]:
    for path in (CODE / "report" / "templates").glob("*.j2"):
        yield from re.findall(r'\b_\("([^"]+)"\)', path.read_text())


def _of_calls() -> Iterator[str]:
    """What modules hand to the catalogue, where it is written out in the call."""
    for path in [*(CODE / "report").rglob("*.py"), CODE / "event_study" / "day_path.py"]:
        for call in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Name)
                and call.func.id in {"said", "translated"}
            ):
                yield from _texts(_choices(call.args[0]))


def _choices(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.IfExp):
        return [*_choices(node.body), *_choices(node.orelse)]
    return [node]


def _texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
            yield node.value


def _written() -> str:
    """Everything that code, queries, seeds and bundled figures say, blanks as one."""
    parts = [text for path in CODE.rglob("*.py") for text in _texts(ast.walk(_tree(path)))]
    parts += [path.read_text() for path in (CODE / "report" / "templates").glob("*.j2")]
    parts += [re.sub(r"\n--\s+", " ", path.read_text()) for path in SQL.rglob("*.sql")]
    tables = [*SQL.rglob("*.csv"), SAMPLE / "reference_figure.csv"]
    parts += [path.read_text().replace('""', '"') for path in tables]
    return _one_line("\n".join(parts))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)
