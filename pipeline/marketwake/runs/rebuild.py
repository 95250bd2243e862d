"""The command rebuild: a run that asks no source and takes in what the installation's own events
and claims have become.
"""

from pathlib import Path

from marketwake.base.errors import BadInputError
from marketwake.base.settings import read_settings
from marketwake.landing.receipts import DECISION
from marketwake.runs import steps
from marketwake.runs.result import RunFailedError, RunResult
from marketwake.runs.run import PLAIN, Run
from marketwake.warehouse.files import Warehouse
from marketwake.warehouse.locks import PATIENCE_SECONDS


def rebuild(root: Path) -> RunResult:
    """Derive what has changed, check, publish, and write the pages of the events concerned.

    Raises:
        BadInputError: there is no warehouse.
        RunFailedError: a file is wrong or a part broke; the rest is published.
        ChecksFailedError: the data checks stopped the publishing.
        MarketwakeError: another step failed; readers keep the file of the last good run.
    """
    warehouse = Warehouse(root)
    if not warehouse.exists():
        raise BadInputError(
            f"there is no warehouse in {root}",
            "Run `marketwake demo` or `marketwake nightly` first, or name another with "
            "--warehouse.",
        )
    run = Run(warehouse, "rebuild", DECISION, read_settings(root))
    with run.hold(PATIENCE_SECONDS):
        if steps.is_live(warehouse, run.landing):
            run.source = "live"
        run.load([])
        result = run.finish(PLAIN)
    if result.problems:
        raise RunFailedError(result)
    return result
