"""The sources by name: the kinds that a run may have, and the parser of what each has landed."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal, cast, get_args

import polars as pl

from marketwake.base.errors import (
    BadInputError,
    DefinitionError,
    SourceChangedError,
    SourceError,
)
from marketwake.base.text import closest
from marketwake.sources.coingecko import source as coingecko
from marketwake.sources.farside import source as farside
from marketwake.sources.files import archive, inbox, sample
from marketwake.sources.issuers import source as issuers
from marketwake.sources.source import Parse, Request
from marketwake.sources.spot import client as spot
from marketwake.sources.spot.venues import VENUES
from marketwake.sources.yahoo import source as yahoo

log = logging.getLogger(__name__)

PARSERS: Mapping[str, Parse] = {
    # Files on disk do not tell when they were fetched.
    "sample": lambda request, body, _: sample.parse(request, body),
    "archive": lambda request, body, _: archive.parse(request, body),
    "inbox": inbox.parse,
    "farside": farside.parse,
    "issuers": issuers.parse,
    "yahoo": yahoo.parse,
    "coingecko": coingecko.parse,
} | {venue.source: spot.parse for venue in VENUES.values()}
"""Parser by the name that a source leaves on its receipts: replay reads old payloads with it."""

Kind = Literal["live", "sample", "archive"]


def read(
    source: str, request: Request, body: bytes, requested_at: datetime
) -> dict[str, pl.DataFrame]:
    """The rows of a payload by raw table, by the parser of its source. Whatever a payload does to
    its parser, it is refused alone.

    Raises:
        SourceChangedError: it is not what its source promises, or the parser broke on it.
        DefinitionError: this program does not know the source.
    """
    parse = PARSERS.get(source)
    if parse is None:
        raise DefinitionError(
            f"unknown source '{source}'", "The payload was landed by another program version."
        )
    with refusing(source, request):
        return parse(request, body, requested_at)


@contextmanager
def refusing(source: str, request: Request) -> Iterator[None]:
    """An error that nobody foresaw while a payload is read is a refusal of that payload, which
    names it; its traceback is in the log.
    """
    try:
        yield
    except SourceError:
        raise
    # Polars' panics are no Exception.
    except (Exception, pl.exceptions.PanicException) as error:
        log.exception("%s: %s broke its parser", source, request.what)
        raise SourceChangedError(
            source, request.what, "an answer that can be read", f"{type(error).__name__}: {error}"
        ) from error


def check_source(kind: str, folder: Path | None) -> Kind:
    """The kind of source that `kind` names; refuse what `nightly` cannot run on, before anything is
    started or written.

    Raises:
        BadInputError: unknown kind, or an archive without a folder that is there.
    """
    if kind not in get_args(Kind):
        known = get_args(Kind)
        raise BadInputError(
            f"unknown source '{kind}'", f"{closest(kind, known)}Choose {', '.join(known)}."
        )
    if kind == "archive" and (folder is None or not folder.is_dir()):
        raise BadInputError(
            f"there is no archive folder {folder or ''}".rstrip(),
            "Name the folder of recorded files with --archive.",
        )
    return cast("Kind", kind)
