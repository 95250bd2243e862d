"""The commands accept and withdraw: a run that lands a decision and carries it out."""

from pathlib import Path
from typing import Literal

from marketwake.base.errors import BadInputError, counted
from marketwake.base.settings import Settings, read_settings
from marketwake.landing.receipts import ACCEPT, DECISION, SHORTEST, Receipt, payloads_named
from marketwake.landing.store import Landing
from marketwake.runs import steps
from marketwake.runs.load import Loaded
from marketwake.runs.replay import replay
from marketwake.runs.result import RunFailedError, RunResult
from marketwake.runs.run import PLAIN, Run
from marketwake.sources.files.given import path_of
from marketwake.sources.source import Request
from marketwake.warehouse.files import Warehouse
from marketwake.warehouse.locks import PATIENCE_SECONDS

_WHERE = (
    "`marketwake query held` and the table ops.load name payloads by receipt and digest, of which "
    f"the first {SHORTEST} digits do."
)


def decide(
    root: Path, decision: Literal["accept", "withdraw"], name: str
) -> tuple[str, RunResult | None]:
    """Let in what is held of a payload, or take out what it brought; then build, check, publish,
    report. Returns what became of the rows, in a sentence, and the run's result.

    A run that is stamped ahead of the clock is taken out of landing and all else replayed: then
    there is no result.

    Args:
        root: folder of the warehouse.
        decision: which of the two.
        name: of the payload: its receipt, its SHA-256 or the beginning of that, or the file that
            was dropped; to withdraw, the id of the run that brought several, too.

    Raises:
        BadInputError: there is no such payload, nothing of it is held, or it is withdrawn.
        RunFailedError: a source's payload was refused meanwhile, or a part broke; the rest is
            published.
        ChecksFailedError: the data checks stopped the publishing.
        MarketwakeError: another step failed; readers keep the file of the last good run.
    """
    warehouse = Warehouse(root)
    if not warehouse.exists():
        raise BadInputError(f"there is no warehouse in {root}", "Name another with --warehouse.")
    settings = read_settings(root)
    if decision == "withdraw" and settings.now is None:
        told = _undo_ahead(warehouse, name, settings)
        if told:
            return told, None
    run = Run(warehouse, decision, DECISION, settings)
    with run.hold(PATIENCE_SECONDS):
        receipts = run.landing.receipts()
        if steps.is_live(warehouse, run.landing):
            run.source = "live"
        chosen, what = _chosen(receipts, name)
        _refuse_needless(run, decision, name, chosen)
        request = Request(decision, what)
        landed = run.landing.put(DECISION, request, b"", run.clock(), run.id)
        run.load([])
        (loaded,) = [load for load in run.loads if load.receipt == landed]
        result = run.finish(PLAIN)
    if result.problems:
        raise RunFailedError(result)
    return _told(loaded), result


def _told(loaded: Loaded) -> str:
    count = counted(loaded.read, "row")
    if loaded.receipt.dataset == ACCEPT:
        return f"{count} let in"
    return f"{count} taken out; for {loaded.restated} of them what stood before stands again"


def _undo_ahead(warehouse: Warehouse, name: str, settings: Settings) -> str:
    """Empty where nothing of a run lies ahead of the clock."""
    with warehouse.exclusive("withdraw"):
        landing = Landing.of(warehouse.root, settings)
        aside = landing.set_aside(name)
    if not aside:
        return ""
    loads = replay(warehouse.root)
    return (
        f"{counted(len(aside), 'receipt')} of run {name}, stamped ahead of the clock, moved to "
        f"{landing.name}/withdrawn; the other {len(loads)} replayed"
    )


def _chosen(receipts: list[Receipt], name: str) -> tuple[list[Receipt], str]:
    """The receipts that a name is of, and the name by which a decision finds them again."""
    chosen = payloads_named(receipts, name)
    if chosen:
        digests = {receipt.payload_sha256 for receipt in chosen}
        if name in {chosen[0].receipt_id, chosen[0].run_id}:
            return chosen, name
        if len(digests) == 1:
            return chosen, digests.pop()
        raise BadInputError(f"several payloads begin with '{name}'", "Write more of the digest.")
    files = [r for r in receipts if r.source == "inbox" and name in {r.what, path_of(r.what)}]
    if not files:
        raise BadInputError(f"there is no payload '{name}'", _WHERE)
    return files[-1:], files[-1].receipt_id


def _refuse_needless(run: Run, decision: str, name: str, chosen: list[Receipt]) -> None:
    ids = [receipt.receipt_id for receipt in chosen]
    with run.warehouse.writer() as con:
        held, withdrawn = con.execute(
            """
            select
                (select count(*) from ops.held
                where decided_by is null and receipt_id in (select unnest($ids))),
                (select count(distinct payload_receipt_id) from ops.decision
                where decision = 'withdraw' and payload_receipt_id in (select unnest($ids)))
            """,
            {"ids": ids},
        ).fetchall()[0]
    if withdrawn == len(ids):
        raise BadInputError(f"'{name}' has been withdrawn before", _WHERE)
    if decision == "accept" and not held:
        raise BadInputError(f"nothing of '{name}' is held", _WHERE)
    if decision == "accept" and len({receipt.payload_sha256 for receipt in chosen}) > 1:
        raise BadInputError(
            f"'{name}' is a run of several payloads", "Accept them one by one, looked at each."
        )
