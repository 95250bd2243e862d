"""What may break alone: one claim, one event's study, one page. The rest of its step goes on, and
the run names it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from marketwake.base.duck import is_of_the_disk
from marketwake.base.errors import DefinitionError, MarketwakeError

log = logging.getLogger(__name__)


@contextmanager
def alone(what: str, problems: list[str]) -> Iterator[None]:
    """What breaks within the block is named in `problems`, a line each, and the caller goes on; the
    traceback of what nobody foresaw is in the log. DuckDB must not be in a transaction, which an
    error would end.

    Raises:
        DefinitionError: as in the block: a file of the project is wrong, and so the project.
        duckdb.Error: the disk is full or fails, and so will the rest.
    """
    try:
        yield
    except DefinitionError:
        raise
    except MarketwakeError as error:
        log.error("%s: %s", what, error.what)  # noqa: TRY400 - foreseen, and told in a sentence
        problems.append(error.what)
    except BaseException as error:
        from polars.exceptions import PanicException  # no Exception, and slow to import

        if not isinstance(error, Exception | PanicException) or is_of_the_disk(error):
            raise
        log.exception("%s broke", what)
        said, *_ = str(error).splitlines() or [""]
        problems.append(f"{what} broke: {type(error).__name__}: {said}")
