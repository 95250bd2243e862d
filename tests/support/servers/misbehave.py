"""Faults in the content of a page of bars. The page comes and goes in ascending order; the venue
puts it into its own form afterwards.
"""

from collections.abc import Callable

from tests.support.servers.data import Bar


def _duplicate(page: list[Bar], _before: list[Bar], _running: list[Bar]) -> list[Bar]:
    middle = len(page) // 2
    return page[: middle + 1] + page[middle:]


def _overlapping(page: list[Bar], before: list[Bar], _running: list[Bar]) -> list[Bar]:
    return before + page


def _out_of_order(page: list[Bar], _before: list[Bar], _running: list[Bar]) -> list[Bar]:
    return page[1::2] + page[::2]


def _short_page(page: list[Bar], _before: list[Bar], _running: list[Bar]) -> list[Bar]:
    return page[: len(page) // 2]


def _unfinished(page: list[Bar], _before: list[Bar], running: list[Bar]) -> list[Bar]:
    return [bar for bar in page if bar not in running] + running


def _restated(page: list[Bar], _before: list[Bar], _running: list[Bar]) -> list[Bar]:
    middle = len(page) // 2
    old = page[middle]
    close = round(old.close * 1.01, 2)
    return [
        *page[:middle],
        old._replace(close=close, high=max(old.high, close)),
        *page[middle + 1 :],
    ]


def _gap(page: list[Bar], _before: list[Bar], _running: list[Bar]) -> list[Bar]:
    middle = len(page) // 2
    return page[:middle] + page[middle + 3 :]


def _empty(_page: list[Bar], _before: list[Bar], _running: list[Bar]) -> list[Bar]:
    return []


BEND: dict[str, Callable[[list[Bar], list[Bar], list[Bar]], list[Bar]]] = {
    "duplicate": _duplicate,
    "overlapping": _overlapping,
    "out_of_order": _out_of_order,
    "short_page": _short_page,
    "unfinished": _unfinished,
    "restated": _restated,
    "gap": _gap,
    "empty": _empty,
}
"""By kind: page (not empty), up to three bars before it, and the running bar (one or none) -> the
page to send.

duplicate: the middle bar twice. overlapping: the three bars before it as well. out_of_order: every
second bar first. short_page: its earlier half. unfinished: the running bar too, although it lies
outside the asked window. restated: the middle bar's close 1 % higher, and its high with it. gap:
three bars in the middle missing. empty: no bar at all.
"""
