"""Charts drawn in a process beside this one."""

import sys
from collections.abc import Callable
from concurrent.futures import CancelledError
from pathlib import Path

import pytest
import vl_convert

from marketwake.base.errors import MarketwakeError
from marketwake.report.drawer import begun, drawing_beside
from marketwake.report.drawing.grammar import SCHEMA
from marketwake.report.page import render
from marketwake.warehouse.files import Warehouse

LINE = {
    "$schema": SCHEMA,
    "data": {"values": [{"at": 1, "价": 0.1}, {"at": 2, "价": 1e-300}]},
    "mark": "line",
    "encoding": {
        "x": {"field": "at", "type": "quantitative"},
        "y": {"field": "价", "type": "quantitative"},
    },
}
BROKEN = {"$schema": SCHEMA, "mark": "no such mark"}


def test_it_draws_what_the_converter_does_and_goes_on_after_a_fault() -> None:
    drawn = vl_convert.vegalite_to_svg(LINE)
    assert begun(LINE)() == drawn
    with pytest.raises(ValueError, match="conversion failed"):
        begun(BROKEN)
    with drawing_beside():
        first, broken, last = begun(LINE), begun(BROKEN), begun(LINE)
        assert first() == drawn
        with pytest.raises(ValueError, match="conversion failed"):
            broken()
        assert last() == drawn


def test_a_page_is_the_same_wherever_its_charts_are_drawn(sample_root: Path) -> None:
    with Warehouse(sample_root).reader() as con:
        here = render(con, "crash-1929")
        with drawing_beside():
            beside = render(con, "crash-1929")
    assert here.count("<svg") > 0
    assert beside == here


def test_where_the_process_ends_the_charts_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with drawing_beside():
        charts = [begun(LINE), begun(LINE)]
        for chart in charts:
            with pytest.raises(MarketwakeError, match="that draws charts has ended with 1"):
                chart()


def test_who_is_interrupted_does_not_wait_for_what_is_not_yet_drawn() -> None:
    with pytest.raises(KeyboardInterrupt):
        _interrupted(charts := list[Callable[[], str]]())
    with pytest.raises(CancelledError):
        charts[-1]()


def _interrupted(charts: list[Callable[[], str]]) -> None:
    with drawing_beside():
        charts += [begun(LINE) for _ in range(1000)]
        raise KeyboardInterrupt
