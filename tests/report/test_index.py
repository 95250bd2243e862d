"""The index of the pages: events by date, newest figures, what the last run changed; and the
command that opens it.
"""

import re
import shutil
import webbrowser
from pathlib import Path

import pytest

from marketwake.base.errors import BadInputError
from marketwake.cli.pages import open_page
from marketwake.report import index
from marketwake.runs import own, steps
from marketwake.warehouse.files import Warehouse

FRESHNESS = [
    {
        "part": "etf_flow",
        "venue": "Farside",
        "interval": "1d",
        "series": 20,
        "newest_at": "2025-08-22T00:00:00+00:00",
        "state": "stale",
    }
]


def test_events_stand_by_date_with_their_answer_and_verdicts(sample_root: Path) -> None:
    with Warehouse(sample_root).reader() as con:
        page = index.render(con, ["gfc-2008", "eo-401k", "crash-1929"], FRESHNESS)
    order = re.findall(r'<h2><a href="([^"]+)">', page)
    assert order == ["eo-401k.html", "gfc-2008.html", "crash-1929.html"]
    assert page.count('class="spark"') == 3
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page).replace("\N{NO-BREAK SPACE}", " "))
    assert "Ether jumped 2.4 % and bitcoin 1.1 % from 10:00 to 11:00 UTC" in words
    assert "Farside 20 22 August 2025 stale" in words
    # The rows of a file of the sample, one line each.
    with (Path(__file__).parents[2] / "warehouse/sample/etf_flow.csv").open() as file:
        flows = sum(1 for _ in file) - 1
    assert f": {flows:,} new" in words


def test_the_index_is_written_when_something_has_been_built(
    sample_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse(Path(shutil.copytree(sample_root, tmp_path / "w", symlinks=True)))
    written: list[list[str]] = []

    def noted(_con: object, folder: Path, events: list[str], freshness: object) -> None:
        assert freshness
        written.append(events)
        (folder / "index.html").write_text("the index")

    monkeypatch.setattr(steps, "write_index", noted)
    monkeypatch.setattr(steps, "outdated", lambda *_: [])
    warehouse.reports.mkdir()
    steps.report(warehouse)
    steps.report(warehouse)
    assert len(written) == 1
    assert written[0][0] == "eo-401k"
    # A night that builds nothing publishes, too.
    warehouse.publish()
    steps.report(warehouse)
    assert len(written) == 1
    with warehouse.writer() as con:
        own.record(con, "of later")
    warehouse.publish()
    steps.report(warehouse)
    assert len(written) == 2


def test_a_claim_is_opened_on_the_page_of_its_event(
    sample_root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    (tmp_path / "market.duckdb").symlink_to((sample_root / "market.duckdb").resolve())
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "eo-401k.zh.html").write_text("a page")
    open_page("a10", language="zh", warehouse=tmp_path)
    page = tmp_path / "reports" / "eo-401k.zh.html"
    assert opened == [f"{page.as_uri()}#a10"]
    assert capsys.readouterr().out.strip() == f"{page}#a10"
    with pytest.raises(BadInputError, match="there is no page"):
        open_page("a99", warehouse=tmp_path)


def test_the_pages_are_opened_in_a_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    with pytest.raises(BadInputError, match="there is no page") as caught:
        open_page(warehouse=tmp_path)
    assert "marketwake demo" in caught.value.fix
    (tmp_path / "reports").mkdir()
    for name in ("index.html", "index.zh.html", "eo-401k.html"):
        (tmp_path / "reports" / name).write_text("a page")
    open_page(warehouse=tmp_path)
    open_page(language="zh", warehouse=tmp_path)
    with pytest.raises(BadInputError, match="there is no page") as caught:
        open_page("eo-402k", warehouse=tmp_path)
    assert "eo-401k" in caught.value.fix
    with pytest.raises(BadInputError, match="no language 'fr'"):
        open_page(language="fr", warehouse=tmp_path)
    reports = tmp_path / "reports"
    assert opened == [(reports / name).as_uri() for name in ("index.html", "index.zh.html")]
    assert str(reports / "index.html") in capsys.readouterr().out
