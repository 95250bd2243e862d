"""A rehearsal asks sources on this machine, and has a warehouse of its own: figures that somebody
made up never stand beside those of the venues.
"""

from collections.abc import Sequence
from pathlib import Path

from marketwake.base.errors import BadInputError, SourceError
from marketwake.base.settings import Settings
from marketwake.base.settings_form import is_on_this_machine
from marketwake.landing.receipts import DECISION, Receipt
from marketwake.landing.store import FILE_SOURCES
from marketwake.sources.files.sample import BUNDLED


def refuse_mixture(root: Path, receipts: Sequence[Receipt], kind: str, settings: Settings) -> None:
    """Refuse a run whose figures would stand beside others that they must not. A run on files, the
    sample for one, is no rehearsal; dropped files and the bundled facts of a live run suit both.

    Raises:
        BadInputError: it is a rehearsal and the warehouse holds published figures, or the other way
            round.
    """
    own = "Give it a warehouse of its own, e.g. --warehouse rehearsal."
    rehearsed = next((r for r in receipts if is_on_this_machine(r.own_address)), None)
    published = next((r for r in receipts if _is_published(r)), None)
    if kind == "live" and settings.is_rehearsal:
        if published:
            raise BadInputError(
                f"the settings have sources asked on this machine, and {root} holds figures that "
                f"were published, the first of {published.source}",
                own,
            )
    elif rehearsed and kind != DECISION:
        raise BadInputError(
            f"{root} holds figures of a rehearsal, the first from {rehearsed.own_address}",
            own,
        )


def _is_published(receipt: Receipt) -> bool:
    # A run on the sample has landed the rest of it, too.
    is_fact = receipt.source == "sample" and receipt.dataset in BUNDLED
    suits_both = receipt.source in {DECISION, "inbox"} or is_fact
    return not suits_both and not is_on_this_machine(receipt.own_address)


def refuse_venue(source: str, settings: Settings) -> None:
    """Refuse to ask a source itself in a rehearsal. Raises SourceError."""
    is_itself = source not in FILE_SOURCES and not settings.own_address(source)
    if settings.is_rehearsal and is_itself:
        raise SourceError(
            f"{source}: a rehearsal asks no source itself",
            "Give it an address in [addresses] of the settings, too.",
        )
