"""Folders that are whole or not there."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from marketwake.base.atomic import flush, make_folder, replace

IsOurs = Callable[[Path], bool]


@contextmanager
def filling(target: Path, is_ours: IsOurs, *, force: bool = False) -> Iterator[Path]:
    """A new folder beside `target` to write to, which takes its name when the block has ended well.

    Args:
        target: a folder that is not there, or is empty, or in which `is_ours` is true of every
            file; such a one is replaced as a whole.
        is_ours: whether a file of the folder may be lost.
        force: in another folder too. The files are then written into it one by one: what bears
            their names is replaced, what else is ours goes, and everything else stays.

    Raises:
        FileExistsError: something else is there; `filename` says what.
        OSError: it cannot be written.
    """
    target = target.resolve()
    foreign = next(_foreign(target, is_ours), None)
    if foreign and not (force and target.is_dir()):
        raise FileExistsError(None, "it is not of an earlier export", str(foreign))
    make_folder(target.parent)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".partial-") as own:
        fresh, former = Path(own) / "fresh", Path(own) / "former"
        fresh.mkdir()
        yield fresh
        for path in fresh.rglob("*"):
            flush(path)
        if foreign:
            _spread(fresh, target, is_ours)
            return
        if target.exists():
            target.rename(former)
        try:
            replace(fresh, target)
        except OSError:
            if former.exists():
                former.rename(target)
            raise


def _foreign(target: Path, is_ours: IsOurs) -> Iterator[Path]:
    if target.is_dir() and not target.is_symlink():
        for path in sorted(target.rglob("*")):
            if not path.is_dir() and not is_ours(path):
                yield path
    elif target.exists():
        yield target


def _spread(fresh: Path, target: Path, is_ours: IsOurs) -> None:
    former = [path for path in target.rglob("*") if not path.is_dir() and is_ours(path)]
    left = [path for path in former if not (fresh / path.relative_to(target)).exists()]
    for path in sorted(fresh.rglob("*")):
        place = target / path.relative_to(fresh)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        else:
            replace(path, place)
    for path in left:
        path.unlink()
        if not any(path.parent.iterdir()):
            path.parent.rmdir()
