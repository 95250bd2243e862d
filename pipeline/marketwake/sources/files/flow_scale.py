"""What the figures of a wide table of funds are: flows, in US$ million or in US dollars, of funds.

A table of closes or of assets has the same columns as one of flows, and one of US dollars the same
as one of US$ million: the figures of most rows tell, never one cell.
"""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from statistics import median

from marketwake.sources.farside.table import FIGURE
from marketwake.sources.files.given import Given

log = logging.getLogger(__name__)

Columns = dict[str, list[str | None]]
"""Cells as printed, by fund or `Total`; null: not reported."""
_MILLION = Decimal(1_000_000)
_LARGEST_FLOW = Decimal(20_000)
"""US$ million, of a fund or of all in a session: the largest so far is a tenth of it."""
_MOST_IN_MILLION = Decimal(2_000)
"""Half of the sessions have less, in US$ million: no session so far had more."""
_LEAST_IN_DOLLARS = 1_000 * _MOST_IN_MILLION
"""Half of the sessions have more, in US dollars. What lies between may be thousands of dollars."""
_NOISE = Decimal("0.01")
"""What is smaller is what programs leave of a sum that is nothing, and tells no unit."""
_LEAST_DOLLARS = Decimal(1_000)
"""A flow in US dollars that is smaller, and not nothing, is a figure in another unit."""
_STEADY = (Decimal("0.8"), Decimal("1.25"))
"""From one row to the next, a price or what a fund holds stays within it nearly always."""
_FEWEST_STEPS = 5
_ROUNDING = Decimal("0.06")
"""US$ million by which each printed figure may add to what a total differs from their sum."""
_SOMETHING_ELSE = re.compile(
    r"(?:\b|_)cum|\bvol|\bpric|\bclos|\baum\b|(?:net|total) assets|assets under|\bhold|\bnav\b"
    r"|\bshares?\b|\bcoins?\b|%|\bthousand|\bbillion|\bbn\b",
    re.IGNORECASE,
)
"""Words for other figures, and for units that no flow is taken in."""
_DOLLARS = re.compile(r"[$]|\bUSD?\b|dollar", re.IGNORECASE)
_IN_COINS = re.compile(r"[(] ?(?:BTC|ETH) ?[)]|\bin (?:BTC|ETH)\b")
_FLOAT = r"[-+]?\d+(?:\.\d+)?[eE]-\d+"
"""What programs write for the rest of a sum that is nothing: 1.4901161193847656e-08."""


def number(cell: str | None) -> Decimal | None:
    """A figure as printed (as farside.table.FIGURE); null for what is none, decimal commas too."""
    if cell is None or not re.fullmatch(f"{FIGURE}|{_FLOAT}", cell):
        return None
    return Decimal(re.sub(r"^\((.*)\)$", r"-\1", cell.replace(",", "")))


def says_flows(head: Iterable[Sequence[str]], columns: Columns) -> bool:
    """Whether what stands over the days says that the figures are flows, and of dollars: in words,
    and in none for something else, or by the fees and the total of Farside's table.
    """
    rows = [row for row in head if row]
    words = " ".join(cell for row in rows if row[0] != "Fee" for cell in row)
    has_fees = any(row[0] == "Fee" and any("%" in cell for cell in row) for row in rows)
    is_named = re.search(r"flows?\b", words, re.IGNORECASE) or (has_fees and "Total" in columns)
    is_coins = _IN_COINS.search(words) and not _DOLLARS.search(words)
    return bool(is_named) and not is_coins and not _SOMETHING_ELSE.search(words)


def refuse_levels(
    given: Given, columns: Columns, funds: Sequence[str], *, has_dash: bool, is_named: bool
) -> None:
    """Money flows both ways, and on many days not at all; in a few days it may all flow in.

    Args:
        given: the file.
        columns: its cells.
        funds: the known funds in it.
        has_dash: a dash stands for a fund without a report, as in Farside's table.
        is_named: its header says that they are flows.

    Raises:
        SourceChangedError: the figures are prices, or what the funds hold.
    """
    figures = [[n for n in map(number, columns[fund]) if n is not None] for fund in funds]
    every = [n for of_fund in figures for n in of_fund]
    if not every or any(n < 0 for n in every):
        return
    steps = [b / a for of_fund in figures for a, b in pairwise(of_fund) if a and b]
    steady = sum(_STEADY[0] <= step <= _STEADY[1] for step in steps)
    is_steady = len(steps) >= _FEWEST_STEPS and steady * 10 >= len(steps) * 9
    if is_steady or (all(every) and not has_dash and not is_named):
        raise given.refused(
            "net flows: outflows below zero, zeros or dashes on days without any, or a title over "
            "the days that says so, like ETF Flow (US$m)",
            f"only figures above zero, like {every[0]:f} of {funds[0]}: prices, or what the funds "
            "hold (closes of a fund load as Yahoo's file of it, IBIT.csv)",
        )


def without_strangers(given: Given, columns: Columns, known: Iterable[str]) -> Columns:
    """The columns of known funds and `Total`, and a strange ticker only where the totals of most
    rows are the sums with it, as of a fund that is new on the page.
    """
    funds = [name for name in columns if name in set(known)]
    strange = [name for name in columns if name not in {*funds, "Total"}]
    taken = strange if _adds_up(columns, [*funds, *strange]) else []
    taken = taken or [name for name in strange if _adds_up(columns, [*funds, name])]
    left = [name for name in strange if name not in taken]
    if left:
        log.info("%s: left out, no known funds: %s", given.where, ", ".join(left))
    return {name: cells for name, cells in columns.items() if name not in left}


def _adds_up(columns: Columns, funds: Sequence[str]) -> bool:
    """Whether most totals are the sums of the funds."""
    pairs: list[tuple[Decimal, Decimal]] = [
        (total, amount)
        for total, amount in zip(map(number, columns.get("Total", [])), _sums(columns, funds),
                                 strict=False)
        if total is not None and amount is not None
    ]  # fmt: skip
    slack = _ROUNDING * (len(funds) + 1)
    unit = _MILLION if median([abs(t) for t, _ in pairs] or [Decimal()]) >= _LEAST_IN_DOLLARS else 1
    agree = sum(abs(total - amount) <= slack * unit for total, amount in pairs)
    return agree * 2 > len(pairs)


def _sums(columns: Columns, funds: Sequence[str]) -> list[Decimal | None]:
    """Of each row what its funds have together; null where none has a figure."""
    rows = zip(*(map(number, columns[fund]) for fund in funds), strict=True)
    figures = [[n for n in row if n is not None] for row in rows]
    return [sum(row, Decimal()) if row else None for row in figures]


def in_millions(given: Given, columns: Columns, funds: Sequence[str]) -> Columns:
    """Cells in US$ million; one that no flow can be is marked, so that its row alone is rejected.

    Raises:
        SourceChangedError: figures that are neither US$ million nor US dollars, or a column of
            something else.
    """
    sums = [abs(n) for n in _sums(columns, funds) if n is not None]
    usual = median([n for n in sums if n >= _NOISE] or [Decimal()])
    if _MOST_IN_MILLION < usual < _LEAST_IN_DOLLARS:
        raise given.refused(
            "flows in US$ million, or in US dollars",
            f"rows of {usual:,f} as a rule, which is neither: thousands, or what the funds hold?",
        )
    is_dollars = usual >= _LEAST_IN_DOLLARS
    judged = {name: [_judged(cell, is_dollars) for cell in cells]
              for name, cells in columns.items()}  # fmt: skip
    _refuse_other_columns(given, columns, judged)
    return judged


def _judged(cell: str | None, is_dollars: bool) -> str | None:
    amount = number(cell)
    if amount is None:
        return cell
    million = amount / _MILLION if is_dollars else amount
    is_small = is_dollars and 1 <= abs(amount) < _LEAST_DOLLARS
    if abs(million) > _LARGEST_FLOW or is_small:
        return f"{cell}{_OUT_OF_SCALE}"
    return f"{million:f}" if is_dollars or "e" in str(cell).lower() else cell


_OUT_OF_SCALE = " (out of the scale of the other rows)"


def _refuse_other_columns(
    given: Given, columns: Columns, judged: Mapping[str, Sequence[str | None]]
) -> None:
    """BTC and ETH are funds, too: a column of prices under such a name is none of flows."""
    for name, cells in judged.items():
        figures = [i for i, cell in enumerate(columns[name]) if number(cell)]
        odd = [i for i in figures if (cells[i] or "").endswith(_OUT_OF_SCALE)]
        if len(odd) * 2 > len(figures):
            raise given.refused(
                f"flows of at most {_LARGEST_FLOW:,} million US dollars, in one unit",
                f"{columns[name][odd[0]]} of {name}",
            )
