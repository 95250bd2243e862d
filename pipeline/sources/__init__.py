"""The sources: which of them a run asks, and which parser reads what each has landed."""

from pathlib import Path

from pipeline.errors import BadInputError
from pipeline.sources import archive, sample
from pipeline.sources.base import Parse, Source

PARSERS: dict[str, Parse] = {
    # Files on disk do not tell when they were fetched.
    "sample": lambda request, body, _: sample.parse(request, body),
    "archive": lambda request, body, _: archive.parse(request, body),
}
"""Parser by the name that a source leaves on its receipts: replay reads old payloads with it."""


def sources_for(name: str, folder: Path | None) -> list[Source]:
    """The sources of one run.

    `sample`: the bundled figures. `archive`: the recorded files in `folder`, and the bundled reference figures, which no file holds.

    Raises:
        BadInputError: unknown name, or an archive without a folder that is there.
    """
    if name == "sample":
        return [sample.Sample()]
    if name != "archive":
        raise BadInputError(f"unknown source '{name}'", "Choose sample or archive.")
    if folder is None or not folder.is_dir():
        raise BadInputError(f"there is no archive folder {folder or ''}".rstrip(), "Name the folder of recorded files with --archive.")
    return [archive.Archive(folder), sample.Sample(frozenset({"reference_figure"}))]
