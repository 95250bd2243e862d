"""What docs/ask.md shows from Python runs, and gives the published figures."""

from datetime import date
from math import log
from typing import Any

import pytest

from tests.docs.snippets import PAGES, blocks


# DuckDB 2.0 hands frames to pandas 3.1 in a way that pandas is about to retire.
@pytest.mark.filterwarnings("ignore:The inplace keyword")
@pytest.mark.usefixtures("place")
def test_its_python_runs() -> None:
    names: dict[str, Any] = {}
    for code in blocks(PAGES["ask.md"], "python"):
        exec(code, names)  # noqa: S102
    with names["con"]:
        # Coinbase's ETH-USD closed the hour before 16:00 UTC at 3,838.76.
        at_signing = names["hours"].query("anchor == 'signing' and hour == 0")
        assert at_signing["close"].to_list() == [3838.76]
        flows = names["flows"].filter(session=date(2025, 8, 8))
        assert flows["net_flow_usd"].to_list() == [461.0e6]
        assert len(names["weeks"]) > 4
    # The same hours from the event's anchor and from the instant that is named by itself.
    for study, anchor in ((names["order"], "signing"), (names["signing"], "at")):
        (rise,) = study.response.filter(
            anchor=anchor,
            is_nominal=True,
            venue="Coinbase",
            instrument="ETH",
            measure="log_return",
            window_unit="hour",
            window_length=24,
        )["value"]
        assert rise == pytest.approx(log(3955.18 / 3838.76), abs=1e-6)
