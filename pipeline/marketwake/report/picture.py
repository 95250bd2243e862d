"""A picture: a chart as a page shows it, drawn once for a desk and once for a telephone, with its
table and what is read from it by pointer and keys.
"""

import html
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from marketwake.base.figure_text import Language
from marketwake.base.languages import translated
from marketwake.report.drawer import begun
from marketwake.report.drawing.grammar import SHEETS, Drawn, Sheet, Spec, whole
from marketwake.report.text import joined

Cell = str | float | int | None
WORDS = {
    "table": "The figures as a table",
    "download": "Download",
    "choose": "Show",
    "keys": "Arrow keys read the values one by one.",
}
"""What every picture says beside its own."""


@dataclass(frozen=True)
class Table:
    """What a chart shows, as text for people and as raw values for programs; a reading is a
    sentence for each place of the chart at which values can be read.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    raw_header: tuple[str, ...]
    raw_rows: tuple[tuple[Cell, ...], ...]
    readings: tuple[str, ...]


@dataclass(frozen=True)
class View:
    """One way to look at a picture: of one venue, from one clock.

    Attributes:
        label: what it is chosen by; empty where there is no choice.
        title: the finding, a sentence with figures.
        table: what the chart shows.
        note: what is drawn in this one, where that is not what the picture's note says.
    """

    label: str
    title: str
    table: Table
    note: str
    _name: str
    _drawn: dict[str, Drawn]
    _begun: dict[str, Callable[[], str]]

    @property
    def header(self) -> tuple[str, ...]:
        """Of the table behind the chart."""
        return self.table.header

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Cells of that table, as people read them."""
        return self.table.rows

    @cached_property
    def wide(self) -> Markup:
        """The drawing for a desk, SVG."""
        return self._svg(SHEETS[0])

    @cached_property
    def narrow(self) -> Markup:
        """The drawing for a telephone, SVG."""
        return self._svg(SHEETS[1])

    @cached_property
    def data(self) -> Markup:
        """JSON for the page's script: places and readings, raw values, Vega-Lite."""
        wide = self._drawn["wide"]
        data = {
            "along": wide.along,
            "say": self.table.readings,
            "csv": [self.table.raw_header, *self.table.raw_rows],
            "spec": whole(wide.spec),
            "wide": _places(self.wide, wide),
            "narrow": _places(self.narrow, self._drawn["narrow"]),
        }
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        return Markup(text.replace("<", "\\u003c"))  # noqa: S704

    def _svg(self, sheet: Sheet) -> Markup:
        svg = self._begun[sheet.name]()
        drawn = self._drawn[sheet.name]
        return Markup(_inlined(svg, drawn, sheet, f"{self._name}-{sheet.name}", self.title))  # noqa: S704


@dataclass(frozen=True)
class Picture:
    """A chart with all that stands around it.

    Attributes:
        name: letters, digits and `_`, unique on a page.
        note: what is drawn and from whom.
        views: the ways to look at it, the one that the page begins with first.
        language: of every text in it.
    """

    name: str
    note: str
    views: tuple[View, ...]
    language: Language

    @property
    def title(self) -> str:
        """The finding of the first view."""
        return self.views[0].title

    @cached_property
    def words(self) -> dict[str, str]:
        """What every picture says beside its own, in its language."""
        return {name: translated(text, self.language) for name, text in WORDS.items()}


def view(
    name: str,
    title: str,
    draw: Callable[[Sheet], Drawn],
    table: Table,
    label: str = "",
    note: str = "",
) -> View:
    """The chart drawn for every sheet.

    Args:
        name: letters, digits and `_`, unique on a page.
        draw: the chart for a sheet; where it has stops, one for each reading of the table.
    """
    drawn = {sheet.name: draw(sheet) for sheet in SHEETS}
    begun_svg = {size: begun(whole(one.spec)) for size, one in drawn.items()}
    return View(label, joined(title), table, note, name, drawn, begun_svg)


def readings(header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """A line of a table as a sentence: what it is about, then each figure under its name."""
    return tuple(
        f"{row[0]}: "
        + " · ".join(f"{name} {cell}" for name, cell in zip(header[1:], row[1:], strict=True))
        for row in rows
    )


def _inlined(svg: str, drawn: Drawn, sheet: Sheet, name: str, title: str) -> str:
    """The chart as an SVG element to be inlined: as wide as the sheet, no outside reference, ids
    unique by `name`, one accessible label.
    """
    # The converter numbers its ids across calls, and two charts of one page would share them.
    ids = {
        svg_id: f"{name}-{place}"
        for place, svg_id in enumerate(dict.fromkeys(re.findall(r'id="([^"]+)"', svg)))
    }
    svg = re.sub(r'id="([^"]+)"', lambda match: f'id="{ids[match[1]]}"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", lambda match: f"url(#{ids[match[1]]})", svg)
    # Roles of the parts would each ask for a name of their own.
    svg = re.sub(
        r' (xmlns(:xlink)?|version|role|aria-[a-z]+|class|pointer-events)="[^"]*"', "", svg
    )
    # It takes texts for narrower than they are in the fonts of most machines.
    left = _corner(svg)[0] - drawn.left
    svg = re.sub(
        r'width="[\d.]+" (height="[\d.]+") viewBox="0 0 [\d.]+ ([\d.]+)"',
        rf'width="{sheet.width}" \1 viewBox="{left:g} 0 {sheet.width} \2"',
        svg,
        count=1,
    )
    return svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(title)}" ', 1)


def _corner(svg: str) -> tuple[float, float]:
    """Where in a drawing its plot begins."""
    corner = re.search(r"translate\(([\d.]+),([\d.]+)\)", svg)
    if not corner:
        raise ValueError("a drawing without a corner")
    return float(corner[1]), float(corner[2])


def _places(svg: str, drawn: Drawn) -> Spec:
    """Where stops are in the drawing itself, and from where to where their marks reach."""
    left, top = _corner(svg)
    first, across = (left, top) if drawn.along == "x" else (top, left)
    return {
        "at": [round(first + stop, 1) for stop in drawn.stops],
        "span": [across + end for end in drawn.span],
    }
