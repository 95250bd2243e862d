"""The day of an event hour by hour: how it went, its largest hours, and what else happened then."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import duckdb
import polars as pl

from marketwake.base.figure_text import Language, format_value
from marketwake.base.languages import said, translated
from marketwake.event_study.inputs import read_frame

LARGEST = 3
"""Hours of the day that are told, by the size of their move."""


@dataclass(frozen=True)
class Stretch:
    """Hours of the day, and the return of each asset over them as text ("-" with a bar missing)."""

    hours: str
    moves: dict[str, str]
    anchors: list[str]
    """Those that may have fallen into it."""


def read_path(con: duckdb.DuckDBPyConnection, event: str, venue: str) -> pl.DataFrame:
    """The rows of event_path(event) on a venue; instants in UTC, returns as fractions."""
    query = "from event_path($event) where venue = $venue order by instrument, opened_at"
    return read_frame(con, query, {"event": event, "venue": venue})


def read_chosen_by_price(con: duckdb.DuckDBPyConnection, event: str) -> list[str]:
    """The anchors of an event whose hour was read off the prices."""
    query = "select anchor from seed.anchor where event = ? and how_seen = 'computed' order by all"
    return [anchor for (anchor,) in con.execute(query, [event]).fetchall()]


def stretches(path: pl.DataFrame, anchors: Collection[str]) -> list[Stretch]:
    """The day in the stretches between its anchors, each of the largest hours on its own.

    Args:
        path: of one venue, as `read_path` gives it.
        anchors: which of the event's anchors are shown.
    """
    placed = path.with_columns(hour=pl.col("opened_at").dt.hour().cast(pl.Int64))
    shown = placed.explode("anchors").filter(pl.col("anchors").is_in(list(anchors)))
    largest = _largest(placed)["hour"]
    starts = shown.group_by("anchors").agg(pl.col("hour").min())["hour"]
    ends = sorted({0, 24, *starts, *largest, *(largest + 1)})
    since = {
        (instrument, hour + 1): value
        for instrument, hour, value in placed.select(
            "instrument", "hour", "cumulative_return"
        ).rows()
    }
    instruments = sorted(set(path["instrument"]))
    told = []
    for first, last in pairwise(ends):
        moves = {}
        for name in instruments:
            before = since.get((name, first)) if first else 0.0
            after = since.get((name, last))
            moves[name] = (
                "-" if before is None or after is None else _percent((1 + after) / (1 + before) - 1)
            )
        within = shown.filter(pl.col("hour").is_between(first, last - 1))["anchors"]
        names = [name for name in anchors if name in set(within)]
        told.append(Stretch(f"{first:02}-{last:02}", moves, names))
    return told


def sentences(
    path: pl.DataFrame,
    chosen_by_price: Sequence[str],
    language: Language = "en",
    named: Callable[[str], str] = str,
) -> list[str]:
    """The largest hours of each asset with their p, then what may have happened in each of them.

    `path` is of one venue, as `read_path` gives it; `named` gives an anchor the name that readers
    know.
    """
    largest = _largest(path)
    told = []
    for name in sorted(set(largest["instrument"])):
        rows = largest.filter(instrument=name).sort("size_rank").to_dicts()
        moves = [_ranked(row, language, is_first=row is rows[0]) for row in rows]
        form = "{name} moved most from {moves}."
        moved = translated(", ", language).join(moves)
        told.append(said(form, language, name=translated(name, language), moves=moved))
    hours = largest.unique("opened_at").sort("opened_at").to_dicts()
    told += [_news(row, language, named) for row in hours if row["anchors"] or row["others"]]
    if bare := [row for row in hours if not row["anchors"] and not row["others"]]:
        clock = translated(", ", language).join(f"{row['opened_at']:%H:%M}" for row in bare)
        form = (
            "In the hour from {clock}: nothing that is known here."
            if len(bare) == 1
            else "In the hours from {clock}: nothing that is known here."
        )
        told.append(said(form, language, clock=clock))
    form = "The hour of {anchor} was partly chosen by the price, among 24: read p times 24."
    for anchor in chosen_by_price:
        if any(anchor in row["anchors"] for row in hours):
            told.append(said(form, language, anchor=named(anchor)))
    return told


def one_hour(
    tests: pl.DataFrame,
    chosen_by_price: Sequence[str],
    language: Language = "en",
    named: Callable[[str], str] = str,
) -> list[str]:
    """Beside the one-hour p of an anchor that the price helped to choose, p times 24.

    `tests` are rows of mart.event_inference of one venue.
    """
    rows = tests.filter(
        pl.col("anchor").is_in(list(chosen_by_price)),
        pl.col("p_two_sided").is_not_null(),
        window_unit="hour",
        window_length=1,
        measure="abnormal_log_return",
        model="constant_mean",
    ).sort("anchor", "instrument")
    form = (
        "The hour of {anchor} was found partly by looking at prices, one hour of 24. What to cite "
        "for it is p times 24: {values}."
    )
    told = []
    for (anchor,), group in rows.group_by("anchor", maintain_order=True):
        values = translated(", ", language).join(
            said(
                "{name} {p:.3g} (not {once:.2g})",
                language,
                name=translated(name, language),
                p=min(24 * p, 1),
                once=p,
            )
            for name, p in group.select("instrument", "p_two_sided").rows()
        )
        told.append(said(form, language, anchor=named(str(anchor)), values=values))
    return told


def _largest(path: pl.DataFrame) -> pl.DataFrame:
    return path.filter(pl.col("size_rank") <= LARGEST, pl.col("return").is_not_null())


def _ranked(row: dict[str, Any], language: Language, *, is_first: bool) -> str:
    if row["p"] is None:
        form = "{at:%H:%M} ({move}; only {days} days to compare with)"
    elif is_first:
        form = (
            "{at:%H:%M} ({move}, as much at that hour on {as_large} of {days} days: p {p:.2g}, "
            "times 24: {p_of_day:.2g})"
        )
    else:
        form = "{at:%H:%M} ({move}, {as_large} of {days}: p {p:.2g}, times 24: {p_of_day:.2g})"
    return said(
        form,
        language,
        at=row["opened_at"],
        move=_percent(row["return"], language),
        as_large=row["days_as_large"],
        **{name: row[name] for name in ("days", "p", "p_of_day")},
    )


def _news(row: dict[str, Any], language: Language, named: Callable[[str], str]) -> str:
    apart = translated(", ", language)
    anchors = apart.join(named(anchor) for anchor in row["anchors"])
    own = [said("the event itself ({anchors})", language, anchors=anchors)] if anchors else []
    items = [*own, *(translated(other, language) for other in row["others"])]
    form = (
        "May have moved the hour from {at:%H:%M}: {items}"
        if len(items) == 1
        else "May have moved the hour from {at:%H:%M}: {count} items, which hourly bars cannot "
        "tell apart: {items}"
    )
    listed = translated("; ", language).join(items)
    told = said(form, language, at=row["opened_at"], count=len(items), items=listed)
    stop = translated(".", language)
    notes = row["notes"] if len(items) > 1 else []
    return (
        translated(". ", language).join([told, *(translated(note, language) for note in notes)])
        + stop
    )


def _percent(value: float, language: Language = "en") -> str:
    text = format_value(value, "fraction", signed=True, digits=2, language=language)
    return text.lstrip("+-") if not text.strip("+-0. %") else text
