"""What a run has read of what it landed, until it loads it: no payload is parsed twice."""

from collections.abc import Mapping
from threading import Lock
from typing import TypeAlias

import polars as pl

from marketwake.base.errors import SourceChangedError
from marketwake.landing.receipts import Receipt
from marketwake.sources import registry

Frames: TypeAlias = Mapping[str, pl.DataFrame]
"""Rows by raw table, as a parser gives them."""

KEPT_BYTES = 128 * 2**20
"""Of frames that wait for their load: many times a night, and less than a batch of months of minute
bars, of which the rest is parsed anew.
"""


def read(receipt: Receipt, body: bytes) -> Frames:
    """The rows of a landed payload, from its bytes.

    Raises:
        SourceChangedError: it is not what its source promises, or the parser broke on it.
        DefinitionError: the receipt names a source that this program does not know.
    """
    return registry.read(receipt.source, receipt.request, body, receipt.requested_at)


class Readings:
    """What came of reading payloads of one run ahead of their load, refusals included. Several
    threads may read at once.

    Args:
        kept_bytes: how much of it is kept at most; what is beyond is read again.
    """

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._kept = dict[str, Frames | SourceChangedError]()
        self._size = 0
        self._lock = Lock()

    def ahead(self, receipt: Receipt, body: bytes) -> Frames:
        """Read what has just landed, and keep it for its load. Raises as `read`."""
        try:
            frames = read(receipt, body)
        except SourceChangedError as error:
            # A copy: the error itself holds, by its traceback, all that it came through.
            self._keep(receipt, SourceChangedError(*error.parts), 0)
            raise
        self._keep(receipt, frames, _size(frames))
        return frames

    def of(self, receipt: Receipt, body: bytes) -> Frames:
        """What has been read ahead of a payload, which is then forgotten; read now where nothing
        has. Raises as `read`.
        """
        with self._lock:
            kept = self._kept.pop(receipt.receipt_id, None)
            if kept is not None and not isinstance(kept, SourceChangedError):
                self._size -= _size(kept)
        if kept is None:
            return read(receipt, body)
        if isinstance(kept, SourceChangedError):
            raise kept
        return kept

    def _keep(self, receipt: Receipt, outcome: Frames | SourceChangedError, size: int) -> None:
        with self._lock:
            if self._size + size <= self._kept_bytes:
                self._size += size
                self._kept[receipt.receipt_id] = outcome


def _size(frames: Frames) -> int:
    return sum(int(frame.estimated_size()) for frame in frames.values())
