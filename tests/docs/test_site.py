"""The docs as a site: built strictly, read from disk, asked of no network."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.docs.snippets import CHECKOUT

CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. A link that leads nowhere, or a page without a place, ends the build."""
    pytest.importorskip("mkdocs")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=CHECKOUT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_there_and_names_nothing_that_a_reader_would_fetch(site: Path) -> None:
    built = {str(path.relative_to(site)) for path in site.rglob("*.html")}
    in_docs = {f"docs/{path.stem}.html" for path in (CHECKOUT / "docs").glob("*.md")}
    beside = {"index.html", "CHANGELOG.html", "CONTRIBUTING.html", "sql/index.html"}
    assert len(in_docs) > 15
    assert built >= in_docs | beside
    for name in built:
        text = (site / name).read_text(encoding="utf-8")
        fetched = re.findall(
            r"<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)=\"?([^\s\">]+)", text
        )
        assert [address for address in fetched if "//" in address] == [], name


def test_it_is_read_from_disk_and_nothing_is_asked_of_a_network(site: Path) -> None:
    if CHROMIUM is None:
        pytest.skip("needs the browser chromium (apt install chromium)")
    asked: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.on("request", lambda request: asked.append(request.url))
        page.goto((site / "index.html").as_uri())
        page.click("article a[href='docs/verdicts.html'] >> nth=0")
        page.wait_for_load_state()
        assert "mostly supported" in page.inner_text("main")
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        browser.close()
    assert [url for url in asked if not url.startswith("file:")] == []
