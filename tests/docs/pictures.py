"""The pictures of the docs, taken of the pages that `make demo` has written.

`python -m tests.docs.pictures [FOLDER]` reads warehouse/reports unless another folder is given, and
writes docs/pictures/. It needs the browser chromium.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import FloatRect, ViewportSize, sync_playwright

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
WINDOW: ViewportSize = {"width": 1100, "height": 1000}


def main(reports: Path) -> None:
    """Take them all."""
    page_of = (reports / "eo-401k.html").resolve(strict=True).as_uri()
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport=WINDOW, device_scale_factor=1.3)
        for language, name in (("", "page"), (".zh", "page-zh")):
            page.goto(page_of.replace(".html", f"{language}.html"))
            # Down to the note of the first chart.
            end = page.locator("details.behind").first.bounding_box()
            assert end
            clip: FloatRect = {"x": 0, "y": 0, "width": WINDOW["width"], "height": end["y"]}
            page.screenshot(path=FOLDER / f"{name}.png", clip=clip)
        page.goto(f"{page_of}#a10")
        page.locator("details#a10[open]").screenshot(path=FOLDER / "claim.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "warehouse/reports"))
