"""The port of the report pages: its own pages and links to them, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from marketwake_flows import pages


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where a folder of one page is served, with links in it that lead out."""
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "one.html").write_text("<p>a page</p>")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "index.html").write_text("not a page")
    (folder / "link.html").symlink_to(tmp_path / "secret" / "index.html")
    (folder / "folder").symlink_to(tmp_path / "secret")
    (folder / "index.html").symlink_to(tmp_path / "secret" / "index.html")
    with pages.shown(folder, 0) as served:
        assert served
        yield served


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_pages_of_others_are_refused(address: str, headers: dict[str, str]) -> None:
    assert httpx.get(f"{address}/one.html", headers=headers).status_code == 403


def test_a_link_from_the_page_of_runs_opens_a_report(address: str) -> None:
    link = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"}
    answer = httpx.get(f"{address}/one.html", headers=link)
    assert answer.text == "<p>a page</p>"
    assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"


@pytest.mark.parametrize("path", ["link.html", "folder/", "folder/index.html", ""])
def test_links_are_not_followed(address: str, path: str) -> None:
    assert httpx.get(f"{address}/{path}").status_code == 404
