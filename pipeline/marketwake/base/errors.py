"""Everything that can go wrong, as a tree: an error says what was wrong and what to do, and has an
exit code.

    MarketwakeError                  1
        BadInputError                2
        SourceError                  3
            SourceUnavailableError
                UnreachableError
                RateLimitedError
            BlockedError
                ShutOutError
            SourceChangedError
        LandingError                 4
        WarehouseError               4
            NewerWarehouseError
        ChecksFailedError            5
        DefinitionError              6
"""

from collections.abc import Callable

from marketwake.base.text import printable

FIRST_BYTES = 200
"""How much of an answer that was of no use is kept beside the error."""
NOT_WELL = 7
"""Exit code of `marketwake status` where something is stale, failed, overdue or held back."""


def counted(number: int, what: str) -> str:
    """`1 problem`, `2 problems`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def unnamed(source: str, what: str) -> str:
    """What is told of a source, without its name in front, for a line that begins with it."""
    return what.removeprefix(f"{source}: ")


class MarketwakeError(Exception):
    """What was wrong (`what`), and what the reader can do about it (`fix`): texts for people, even
    where they quote what came from outside.
    """

    exit_code = 1

    def __init__(self, what: str, fix: str) -> None:
        self.what = printable(what)
        self.fix = printable(fix)
        super().__init__(f"{self.what}\n{self.fix}")

    def __reduce__(self) -> tuple[Callable[..., "MarketwakeError"], tuple[object, ...]]:
        return type(self), (self.what, self.fix)


class BadInputError(MarketwakeError):
    """A name, date or option that the user gave does not exist or cannot be."""

    exit_code = 2


class SourceError(MarketwakeError):
    """A source did not deliver what was asked for.

    `retryable` says whether asking again can help; `status` is the HTTP status where there was an
    answer, `first_bytes` its beginning.
    """

    exit_code = 3
    retryable = False

    def __init__(
        self, what: str, fix: str, status: int | None = None, first_bytes: bytes = b""
    ) -> None:
        super().__init__(what, fix)
        self.status = status
        self.first_bytes = first_bytes[:FIRST_BYTES]

    def __reduce__(self) -> tuple[Callable[..., "MarketwakeError"], tuple[object, ...]]:
        return type(self), (self.what, self.fix, self.status, self.first_bytes)


class SourceUnavailableError(SourceError):
    """The source could not be reached, did not answer, or answered with a fault of its own: worth
    another try.
    """

    retryable = True


class UnreachableError(SourceUnavailableError):
    """No connection to the source could be made: no network, no such name, nobody who listens."""


class RateLimitedError(SourceUnavailableError):
    """The source asks for patience. `retry_after_seconds` is what it said, null where it said
    nothing.
    """

    def __init__(
        self,
        what: str,
        fix: str,
        status: int | None = None,
        first_bytes: bytes = b"",
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(what, fix, status, first_bytes)
        self.retry_after_seconds = retry_after_seconds

    def __reduce__(self) -> tuple[Callable[..., "MarketwakeError"], tuple[object, ...]]:
        return type(self), (
            self.what,
            self.fix,
            self.status,
            self.first_bytes,
            self.retry_after_seconds,
        )


class BlockedError(SourceError):
    """The source refuses this client or this country (401, 403, 451): asking again cannot help."""


class ShutOutError(BlockedError):
    """The source lets in nobody of our kind, however it is asked: ordinary where only browsers or
    only some networks are served. A run tells of it, and does not fail by it.
    """


class ClockError(SourceError):
    """A source has another time than this machine. One of both is wrong, and an answer would be
    stamped with it.
    """


class SourceChangedError(SourceError):
    """What came is not what this source promises: its layout changed, or something stands in its
    place.
    """

    def __init__(self, source: str, where: str, expected: str, found: str) -> None:
        super().__init__(
            f"{source}: {where}: expected {expected}, found {found}",
            "Nothing of it was loaded; the payload is kept in landing. Check the source, then mend "
            "the file or the parser and run again.",
        )
        self.parts = (source, where, expected, found)

    def __reduce__(self) -> tuple[Callable[..., "MarketwakeError"], tuple[object, ...]]:
        return type(self), self.parts


class LandingError(MarketwakeError):
    """A landed payload is missing or does not match its content address."""

    exit_code = 4


class WarehouseError(MarketwakeError):
    """The warehouse cannot be opened, written or published."""

    exit_code = 4


class NewerWarehouseError(WarehouseError):
    """The warehouse has a form that this version of the program does not know."""


class ChecksFailedError(MarketwakeError):
    """Data checks found offenders of severity error: nothing was published."""

    exit_code = 5


class DefinitionError(MarketwakeError):
    """A file of the project itself (contract, seed, claim, check) is not well formed."""

    exit_code = 6
