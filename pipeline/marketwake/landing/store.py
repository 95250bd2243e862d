"""Payloads as they came, each fetch with a receipt (marketwake.landing.payloads and .receipts).

Loading the payloads in the order of their receipts rebuilds every version of every row.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from marketwake.base.errors import LandingError
from marketwake.base.settings import Settings
from marketwake.landing.payloads import packed, unpacked
from marketwake.landing.place import LocalPlace, Place
from marketwake.landing.receipts import (
    DECISION,
    WITHDRAW,
    Receipt,
    payloads_named,
)
from marketwake.landing.shared import SharedPlace
from marketwake.sources.source import Clock, Request, utc_now


def shared_landing(root: Path, settings: Settings) -> str:
    """Where the landing of a lake lies; empty where there is no lake."""
    folder = settings.lake_folder(root)
    return f"{folder}/landing" if folder else ""


DRIFT = timedelta(minutes=5)
"""Of a clock that is kept right: more is no correction of seconds, it has been set."""
GIVEN = "inbox"
"""The source of files that somebody gives."""
FILE_SOURCES = frozenset({"sample", "archive", GIVEN})
"""Sources whose answer does not depend on the instant of asking."""


class Landing:
    """The landing area below a warehouse root, for whoever holds the warehouse. Its receipts are
    read once; a landing of the old form is converted first. `address_of` a source is the one of
    one's own that it is asked at; `shared` is an absolute path or a URL of a place that several
    machines write, in the stead of the folder below the root.

    Raises:
        LandingError: a receipt is not readable, or the old form cannot be converted.
    """

    def __init__(
        self,
        root: Path,
        clock: Clock = utc_now,
        address_of: Callable[[str], str] = lambda _: "",
        shared: str = "",
    ) -> None:
        self.clock = clock
        self._address_of = address_of
        self._lock = Lock()
        self.payloads = root / "landing" / "payloads"
        self._place: Place = SharedPlace(shared) if shared else LocalPlace(root / "landing")
        self.name = self._place.name
        try:
            self._receipts = list(self._place.receipts().values())
        except OSError as error:
            if not shared:
                raise
            raise LandingError(
                f"landing at {shared} cannot be read: {error}",
                "See that the place can be reached, and that this user may read it.",
            ) from error
        self._last_at = (
            self._receipts[-1].landed_at if self._receipts else datetime.min.replace(tzinfo=UTC)
        )
        self._newest_file = dict[tuple[str, Request], Receipt]()
        for receipt in self._receipts:
            self._note(receipt)

    @classmethod
    def of(cls, root: Path, settings: Settings, clock: Clock | None = None) -> "Landing":
        """That of a warehouse, where its settings say, with their clock or another. Raises
        LandingError.
        """
        shared = shared_landing(root, settings)
        return cls(root, clock or settings.clock(), settings.own_address, shared)

    def put(
        self, source: str, request: Request, body: bytes, requested_at: datetime, run_id: str
    ) -> Receipt | None:
        """Land a payload; sources of one run may do so at once. It and its receipt are on the disk
        when this returns.

        None when the newest payload of the same request to a source of files is the same, byte for
        byte, and nobody ordered it. An answer over the network always gets its receipt: the same
        bytes at a later instant can hold one finished bar more.

        Args:
            source: the source's name.
            request: what was asked for.
            body: the answer.
            requested_at: the instant before the request was sent, UTC.
            run_id: the run that asked.

        Raises:
            LandingError: the landing area cannot be written.
        """
        digest = hashlib.sha256(body).hexdigest()
        with self._lock:
            newest = self._newest_file.get((source, request))
            if not request.ordered_by and newest and newest.payload_sha256 == digest:
                return None
            # Stamps are strictly increasing, so that the order of receipts is the order of landing.
            self._last_at = max(self.clock(), self._last_at + timedelta(microseconds=1))
            receipt = Receipt(
                f"{self._last_at:%Y%m%dT%H%M%S.%fZ}-{source}-{digest[:12]}{self._place.mark}",
                run_id,
                source,
                request.dataset,
                request.what,
                digest,
                requested_at,
                self._last_at,
                request.ordered_by,
                self._address_of(source),
            )
            self._write(receipt, body)
            self._receipts.append(receipt)
            self._note(receipt)
        return receipt

    def _note(self, receipt: Receipt) -> None:
        if receipt.source in FILE_SOURCES:
            self._newest_file[receipt.source, receipt.request] = receipt
        elif (receipt.source, receipt.dataset) == (DECISION, WITHDRAW):
            # Whoever drops such a file once more wants it back; recorded files lie there anyhow.
            for gone in payloads_named(list(self._newest_file.values()), receipt.what):
                if gone.source == GIVEN:
                    del self._newest_file[gone.source, gone.request]

    def _write(self, receipt: Receipt, body: bytes) -> None:
        try:
            # A receipt without its payload would stop every run after.
            if not self._place.has(receipt.payload_sha256):
                self._place.write(receipt.payload_sha256, packed(body))
            self._place.append([receipt])
        except OSError as error:
            raise _not_written(error) from error

    def refuse_behind(self, *, is_set: bool) -> None:
        """Refuse a clock behind the newest receipt: what came next would be stamped after it.
        `is_set`: it is none of this machine's, but what the settings say.

        Raises:
            LandingError: it is behind by more than DRIFT.
        """
        now = self.clock()
        if self._last_at > now + DRIFT:
            newest = self._receipts[-1]
            if is_set:
                raise LandingError(
                    f"the settings take {now:%Y-%m-%d %H:%M} UTC for the present, and run "
                    f"{newest.run_id} landed at {newest.landed_at:%Y-%m-%d %H:%M}",
                    "Leave `now` out of the settings, or name another warehouse.",
                )
            raise LandingError(
                f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC, and run {newest.run_id} "
                f"landed at {newest.landed_at:%Y-%m-%d %H:%M}",
                "Set the clock of this machine. Was it wrong in that run, "
                f"`marketwake withdraw --run {newest.run_id}` takes out what the run brought.",
            )

    def set_aside(self, run_id: str) -> list[Receipt]:
        """Move the receipts of a run that lie ahead of the clock to landing/withdrawn, as if they
        had never landed: no instant that has been is told otherwise. Returns them.

        Raises:
            LandingError: landing cannot be written, or nothing would be left in it.
        """
        horizon = self.clock() + DRIFT
        ahead = [r for r in self._receipts if r.run_id == run_id and r.landed_at > horizon]
        if ahead and len(ahead) == len(self._receipts):
            raise LandingError(
                f"run {run_id} has brought all that this warehouse has",
                f"Delete {self.name}, and begin anew with the clock set right.",
            )
        try:
            self._place.set_aside(ahead)
        except OSError as error:
            raise _not_written(error) from error
        return ahead

    def receipts(self, first: int = 0) -> list[Receipt]:
        """All receipts in the order of landing, or those from a place on."""
        return self._receipts[first:]

    def read(self, receipt: Receipt) -> bytes:
        """The payload of a receipt, verified against its content address.

        Raises:
            LandingError: the payload is missing, cut off or altered.
        """
        try:
            return unpacked(self._place.read(receipt.payload_sha256), receipt.payload_sha256)
        except FileNotFoundError:
            state = "missing"
        except ValueError as error:
            state = f"corrupt: {error}"
        except OSError as error:
            state = f"unreadable: {error.strerror}"
        name = self._place.payload_name(receipt.payload_sha256)
        raise LandingError(
            f"payload {name} of {receipt.what} is {state}",
            f"Restore it from a backup, or delete the line of receipt {receipt.receipt_id} in "
            f"{self._place.receipt_name(receipt)} to forget it. Nothing was loaded from it.",
        )


def _not_written(error: OSError) -> LandingError:
    return LandingError(
        f"landing cannot be written: {error}",
        "Give this user write access to the warehouse folder, and see that the disk has room.",
    )
