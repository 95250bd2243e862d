"""The pages in a browser, as readers have them: drawn, opened, read by keys, in both languages, on
a desk, on a telephone, and on paper; and as axe-core sees them for people who need a screen reader.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from marketwake.report.files import INDEX, page_file
from marketwake.runs import steps
from marketwake.warehouse.files import Warehouse
from tests.conftest import BuiltOnce

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
ORDER, CRASH = "eo-401k", "crash-1929"
DESK, TELEPHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def reports(built_once: BuiltOnce, sample_root: Path) -> Path:
    """The pages of two events of the sample, and their index."""

    def make(folder: Path) -> None:
        root = shutil.copytree(sample_root, folder / "warehouse", symlinks=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(steps, "pages", lambda _con, found: [page_file(found, ORDER)])
            patch.setattr(steps, "outdated", lambda *_: [ORDER, CRASH])
            _, problems = steps.report(Warehouse(root))
        assert problems == []

    return built_once("pages", make) / "warehouse" / "reports"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    if CHROMIUM is None:
        pytest.skip("needs the browser chromium (apt install chromium)")
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


class Reader:
    """A page in a window, and what went wrong or out on it."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(path.as_uri())


@pytest.fixture
def read(browser: Browser, reports: Path) -> Iterator["Opened"]:
    """Opens a page of the sample; at the end nothing has gone wrong on it, and nothing was asked of
    the network.
    """
    opened = Opened(browser, reports)
    yield opened
    opened.close()


class Opened:
    def __init__(self, browser: Browser, reports: Path) -> None:
        self._browser, self._reports = browser, reports
        self._readers: list[Reader] = []

    def __call__(self, name: str, language: str = "en", **window: object) -> Page:
        context = self._browser.new_context(**{"viewport": DESK, **window})  # type: ignore[arg-type]
        path = page_file(self._reports, name, "zh" if language == "zh" else "en")
        reader = Reader(context.new_page(), path)
        self._readers.append(reader)
        return reader.page

    def close(self) -> None:
        for reader in self._readers:
            reader.page.context.close()
            assert reader.said == []
            assert all(url.startswith(("file:", "data:", "blob:")) for url in reader.asked)


@pytest.mark.parametrize(
    ("name", "language", "window"),
    [
        (ORDER, "en", DESK),
        (ORDER, "zh", DESK),
        (ORDER, "en", TELEPHONE),
        (ORDER, "zh", TELEPHONE),
        (CRASH, "en", TELEPHONE),
        (INDEX, "zh", TELEPHONE),
    ],
)
def test_every_chart_is_drawn_and_nothing_is_wider_than_the_window(
    read: Opened, name: str, language: str, window: dict[str, int]
) -> None:
    page = read(name, language, viewport=window)
    figures = page.locator("figure.picture")
    if name == ORDER:
        assert figures.count() >= 9
    for figure in figures.all():
        folded = figure.locator("xpath=ancestor::details").count() > 0
        if not folded:
            drawing = figure.locator(".drawing svg:visible")
            assert drawing.count() == 1
            box = drawing.bounding_box()
            assert box is not None
            assert box["height"] > 60
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= window["width"]


def test_every_drawer_opens_by_keyboard(read: Opened) -> None:
    page = read(ORDER)
    drawers = page.locator("details")
    assert drawers.count() > 60
    for drawer in page.locator("details.claim").all():
        summary = drawer.locator("> summary")
        summary.focus()
        page.keyboard.press("Enter")
        assert drawer.evaluate("drawer => drawer.open")
        assert drawer.locator(".reason").first.is_visible()


def test_a_link_to_a_claim_opens_its_drawer_and_its_query_is_copied(read: Opened) -> None:
    page = read(ORDER)
    page.goto(f"{page.url}#a10")
    claim = page.locator("#a10")
    assert claim.evaluate("drawer => drawer.open")
    claim.locator(".query > summary").click()
    claim.get_by_role("button", name="Copy").click()
    claim.get_by_role("button", name="Copied").wait_for(timeout=5000)
    query = claim.locator("pre").inner_text()
    assert "etf_flow_daily" in query


def test_values_are_read_by_arrow_keys_and_by_pointer(read: Opened) -> None:
    page = read(ORDER)
    figure = page.locator("figure.picture").first
    drawing = figure.locator(".drawing:visible").first
    drawing.focus()
    page.keyboard.press("ArrowRight")
    reading = figure.locator(".reading").first
    first = reading.inner_text()
    assert re.search(r"ETH|Ether", first)
    page.keyboard.press("ArrowRight")
    assert reading.inner_text() != first
    box = drawing.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    by_pointer = reading.inner_text()
    assert by_pointer
    assert by_pointer != first


def test_charts_are_downloaded_with_their_figures(read: Opened) -> None:
    page = read(ORDER)
    figure = page.locator("figure.picture").first
    for name, begins in (("PNG", b"\x89PNG"), ("SVG", b"<svg"), ("CSV", b"")):
        with page.expect_download() as waiting:
            figure.get_by_role("button", name=f"Download {name}", exact=True).first.click()
        content = Path(waiting.value.path()).read_bytes()
        assert content.startswith(begins)
        assert len(content) > 200


def test_without_scripts_all_is_there(read: Opened) -> None:
    page = read(ORDER, java_script_enabled=False)
    assert page.locator("figure.picture .drawing svg:visible").count() >= 8
    assert page.get_by_role("button").count() == 0
    page.locator("#a10 > summary").click()
    assert page.locator("#a10 .reason").first.is_visible()
    page.locator("figure.picture details.behind > summary").first.click()
    assert page.locator("figure.picture details.behind table").first.is_visible()


def test_the_languages_are_a_link_apart(read: Opened) -> None:
    page = read(ORDER)
    page.get_by_role("link", name="中文").click()
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    assert "以太坊" in page.locator(".lead").inner_text()
    page.get_by_role("link", name="English").click()
    page.get_by_role("link", name="All events").click()
    assert page.locator("article.event").count() == 1


@pytest.mark.parametrize(
    ("name", "language", "scheme"),
    [
        (ORDER, "en", "light"),
        (ORDER, "zh", "dark"),
        (CRASH, "zh", "light"),
        (CRASH, "en", "dark"),
        (INDEX, "en", "dark"),
        (INDEX, "zh", "light"),
    ],
)
def test_a_screen_reader_finds_nothing_serious(
    read: Opened, name: str, language: str, scheme: str
) -> None:
    page = read(name, language, color_scheme=scheme)
    # Two claims and the first view of each chart are looked at: the others have the same form.
    page.evaluate(
        "for (const same of document.querySelectorAll("
        "'details.claim:not(#a01, #a10), .view[hidden], tbody > tr:nth-child(n + 6)'))"
        " same.remove();"
        "for (const drawer of document.querySelectorAll('details')) drawer.open = true"
    )
    found = Axe().run(page).response["violations"]
    serious = [
        (violation["id"], violation["nodes"][0]["html"][:200], len(violation["nodes"]))
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_on_paper_it_takes_at_most_twelve_sheets(read: Opened) -> None:
    for language in ("en", "zh"):
        page = read(ORDER, language)
        printed = page.pdf(format="A4", print_background=True)
        assert 4 <= len(re.findall(rb"/Type\s*/Page[^s]", printed)) <= 12


def test_a_page_is_light(reports: Path) -> None:
    sizes = [path.stat().st_size for path in reports.glob("*.html")]
    assert len(sizes) == 6
    assert max(sizes) < 3_000_000


def test_another_venue_or_clock_is_chosen_and_read(read: Opened) -> None:
    page = read(ORDER)
    figure = page.locator("#figure-effects")
    figure.get_by_role("combobox").select_option(index=2)
    assert figure.locator("h3:visible").inner_text().startswith("No price move after the signing")
    drawing = figure.locator(".drawing:visible")
    drawing.focus()
    page.keyboard.press("Home")
    # Windows stand below each other: the mark is as wide as the drawing.
    assert drawing.locator("rect.mark.across").count() == 1
    assert figure.locator(".reading:visible").inner_text().startswith("1 hour: ")
    page.keyboard.press("Escape")
    assert drawing.locator(".mark").count() == 0
