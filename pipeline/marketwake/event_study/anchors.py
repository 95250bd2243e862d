"""The anchors that are tested, each at its nominal instant."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from marketwake.event_study import grids, windows
from marketwake.event_study.design import Design
from marketwake.event_study.placebo import Spans


@dataclass(frozen=True)
class Anchor:
    """An anchor at its nominal instant, and the dates that may judge it."""

    event: str
    anchor: str
    anchor_at: datetime
    at: np.datetime64
    is_candidate: bool
    until: np.datetime64
    """End of its estimation window."""
    earliest: np.datetime64
    """The earliest instant at which its event may have been: a forecast ends there."""
    over: np.datetime64
    """When the event's own time ends and later dates may judge it."""
    taken: Spans
    """In these no placebo window may lie."""

    def labels(self) -> dict[str, Any]:
        """The columns by which rows name it."""
        return {
            "event": self.event,
            "anchor": self.anchor,
            "anchor_at": self.anchor_at,
            "is_candidate": self.is_candidate,
        }


def nominal_anchors(anchors: pl.DataFrame, catalogue: pl.DataFrame, design: Design) -> list[Anchor]:
    """The given anchors by event and name; those of `catalogue` too are no ordinary time."""
    sharp = (
        pl.concat([anchors, catalogue])
        .filter(pl.col("precision") != "year")
        .unique()
        .sort("earliest_at", "latest_at")
    )
    first = grids.instants(sharp["earliest_at"])
    last = grids.instants(sharp["latest_at"] + design.contamination)
    taken = (first, last)
    dated = windows.with_estimation(anchors, design).sort("event", "anchor")
    rows = zip(
        dated.select("event", "anchor", "nominal_at", "is_candidate").rows(),
        grids.instants(dated["nominal_at"]),
        grids.instants(dated["estimation_to"].dt.truncate("1h")),
        grids.instants(dated["estimation_to"] + design.gap),
        grids.instants(dated["response_to"]),
        strict=True,
    )
    return [
        Anchor(event, name, nominal, at, candidate, until, earliest, over, taken)
        for (event, name, nominal, candidate), at, until, earliest, over in rows
    ]
