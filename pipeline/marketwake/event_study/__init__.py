"""Event windows, their inference and the verdict on claims.

Any event, any instant, any instrument of a published warehouse:

    from datetime import datetime
    from pathlib import Path

    from marketwake.event_study import Design, as_known, study_event
    from marketwake.warehouse.files import Warehouse

    with Warehouse(Path("warehouse")).reader() as con:
        design = Design(model="market_model", hours=(24, 120))
        result = study_event(con, "payrolls", datetime.fromisoformat("2025-08-01T12:30Z"), design)
        print(result.test.filter(instrument="ETH", measure="abnormal_log_return"))
        with as_known(con, datetime.fromisoformat("2025-08-08T06:00Z")) as known:
            print(study_event(known, "eo-401k").response)

The frames have the columns of mart.event_response, event_level, event_inference and event_model.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from marketwake.event_study.design import Design as Design
    from marketwake.event_study.known import as_known as as_known
    from marketwake.event_study.run import EventStudy as EventStudy
    from marketwake.event_study.run import study_event as study_event

_HOMES = {"Design": "design", "as_known": "known", "EventStudy": "run", "study_event": "run"}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    # Only on demand: the command line imports the verdict's formats at every start, and polars is
    # slow to import.
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
