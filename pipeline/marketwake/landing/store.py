"""Payloads as they came: immutable, content-addressed, compressed, each fetch with a receipt.

    landing/payloads/<first two hex digits>/<sha256>.gz
    landing/receipts/<UTC day>/<landed_at>-<source>-<sha256, 12 digits>.json
    landing/packs/<YYYY-MM>.zip    both, of a month that is over, once marketwake.landing.compaction has packed it

Receipt names sort in the order of landing; replaying them in that order rebuilds every version of
every row.
"""

import gzip
import hashlib
import json
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from marketwake.base.atomic import write_atomically
from marketwake.base.errors import LandingError
from marketwake.landing import packs
from marketwake.sources.source import Clock, Request, utc_now

FILE_SOURCES = frozenset({"sample", "archive", "inbox"})
"""Sources whose answer does not depend on the instant of asking."""


@dataclass(frozen=True)
class Receipt:
    """One landed payload. Instants are UTC; `landed_at` becomes recorded_at of the versions that
    the payload opens.
    """

    receipt_id: str
    run_id: str
    source: str
    dataset: str
    what: str
    payload_sha256: str
    requested_at: datetime
    landed_at: datetime

    @property
    def request(self) -> Request:
        """What had been asked for."""
        return Request(self.dataset, self.what)

    @property
    def month(self) -> str:
        """The UTC month in which it landed, `YYYY-MM`."""
        return f"{self.landed_at:%Y-%m}"

    def as_json(self, indent: int | None = None) -> str:
        """As text that `from_json` reads back; one line without an indent."""
        return json.dumps(vars(self), indent=indent, ensure_ascii=False, default=datetime.isoformat)

    @classmethod
    def from_json(cls, text: str) -> "Receipt":
        """The receipt that `as_json` wrote. Raises ValueError, KeyError or TypeError where it is
        none.
        """
        fields = json.loads(text)
        instants = {
            name: datetime.fromisoformat(fields[name]) for name in ("requested_at", "landed_at")
        }
        return cls(**fields | instants)


class Landing:
    """The landing area below a warehouse root."""

    def __init__(self, root: Path, clock: Clock = utc_now) -> None:
        self.clock = clock
        self._lock = Lock()
        self.payloads = root / "landing" / "payloads"
        self._receipts = root / "landing" / "receipts"
        self._packs = root / "landing" / "packs"
        receipts = self.receipts()
        self._last_at = receipts[-1].landed_at if receipts else datetime.min.replace(tzinfo=UTC)
        self._newest = {(r.source, r.request): r.payload_sha256 for r in receipts}

    def put(
        self, source: str, request: Request, body: bytes, requested_at: datetime, run_id: str
    ) -> Receipt | None:
        """Land a payload; sources of one run may do so at once.

        None when the newest payload of the same request to a source of files is the same, byte for
        byte. An answer over the network always gets its receipt: the same bytes at a later instant
        can hold one finished bar more.

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
            if source in FILE_SOURCES and self._newest.get((source, request)) == digest:
                return None
            # Stamps are strictly increasing, so that the order of receipts is the order of landing.
            landed_at = max(self.clock(), self._last_at + timedelta(microseconds=1))
            name = f"{landed_at:%Y%m%dT%H%M%S.%fZ}-{source}-{digest[:12]}"
            receipt = Receipt(
                name, run_id, source, request.dataset, request.what, digest, requested_at, landed_at
            )
            self._write(receipt, body)
            self._last_at = landed_at
            self._newest[source, request] = digest
        return receipt

    def _write(self, receipt: Receipt, body: bytes) -> None:
        blob = self.payload_path(receipt.payload_sha256)
        try:
            if not blob.exists():
                write_atomically(blob, gzip.compress(body, mtime=0))
            write_atomically(
                self._receipts / f"{receipt.landed_at:%Y-%m-%d}" / f"{receipt.receipt_id}.json",
                receipt.as_json(1).encode(),
            )
        except OSError as error:
            raise LandingError(
                f"landing cannot be written: {error}",
                "Give this user write access to the warehouse folder.",
            ) from error

    def receipts(self) -> list[Receipt]:
        """All receipts in the order of landing.

        Raises:
            LandingError: a receipt or a pack is not readable.
        """
        # Between the writing of a pack and the deleting of what it holds, a receipt is in both. A
        # pack half written begins with a dot.
        found = {
            receipt.receipt_id: receipt
            for path in sorted(self._packs.glob("[0-9]*.zip"))
            for receipt in packed_receipts(path)
        }
        found |= {receipt.receipt_id: receipt for receipt in self.loose().values()}
        return [found[receipt_id] for receipt_id in sorted(found)]

    def loose(self) -> dict[Path, Receipt]:
        """Receipts that lie as files of their own, in the order of landing.

        Raises:
            LandingError: one is not readable.
        """
        found = {}
        for path in sorted(self._receipts.glob("*/*.json")):
            try:
                found[path] = Receipt.from_json(path.read_text(encoding="utf-8"))
            except (ValueError, KeyError, TypeError) as error:
                raise LandingError(
                    f"receipt {path} is not readable: {error}",
                    "Restore it from a backup, or delete it to forget it.",
                ) from error
        return found

    def read(self, receipt: Receipt) -> bytes:
        """The payload of a receipt, verified against its content address.

        Raises:
            LandingError: the payload is missing, cut off or altered.
        """
        return verified(receipt, *self.stored(receipt))

    def stored(self, receipt: Receipt) -> tuple[Path, bytes]:
        """Where the payload of a receipt is, and its compressed bytes, not verified.

        Raises:
            LandingError: the payload is missing, or its pack is damaged.
        """
        path = self.payload_path(receipt.payload_sha256)
        try:
            return path, path.read_bytes()
        except FileNotFoundError:
            pack = self.pack_path(receipt.month)
        blob = packs.payload(pack, receipt.payload_sha256)
        if blob is None:
            raise LandingError(f"payload {path} of {receipt.what} is missing", _fix(receipt))
        return pack, blob

    def payload_path(self, digest: str) -> Path:
        """Where a payload lies that is in no pack yet, or shared with a receipt that is in none."""
        return self.payloads / digest[:2] / f"{digest}.gz"

    def pack_path(self, month: str) -> Path:
        """Where the pack of a month is, or would be."""
        return self._packs / f"{month}.zip"


def packed_receipts(path: Path) -> list[Receipt]:
    """The receipts of a pack, in the order of landing.

    Raises:
        LandingError: the pack is damaged.
    """
    try:
        return [Receipt.from_json(line) for line in packs.receipt_lines(path)]
    except (ValueError, KeyError, TypeError) as error:
        raise LandingError(
            f"pack {path} is damaged: a receipt in it is not readable: {error}",
            "Restore it from a backup.",
        ) from error


def verified(receipt: Receipt, path: Path, blob: bytes) -> bytes:
    """The payload of a receipt from its compressed bytes, which were found at `path`.

    Raises:
        LandingError: it is cut off or does not match its content address.
    """
    try:
        body = gzip.decompress(blob)
    except (OSError, EOFError, zlib.error) as error:
        raise LandingError(
            f"payload {path} of {receipt.what} is corrupt: {error}", _fix(receipt)
        ) from error
    if hashlib.sha256(body).hexdigest() != receipt.payload_sha256:
        raise LandingError(
            f"payload {path} of {receipt.what} is corrupt: its content does not match its address",
            _fix(receipt),
        )
    return body


def _fix(receipt: Receipt) -> str:
    return (
        f"Restore payload {receipt.payload_sha256} from a backup, or delete receipt {receipt.receipt_id} to forget it. "
        "Nothing was loaded from it."
    )
