"""Folders that are whole or not there."""

from pathlib import Path

import pytest

from marketwake.base import folders
from marketwake.base.folders import filling


def _fill(target: Path, *names: str, ours: tuple[str, ...] = (), force: bool = False) -> None:
    with filling(target, lambda path: path.name in ours, force=force) as folder:
        for name in names:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("new")


def _texts(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_a_folder_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "above" / "there"
    with filling(target, lambda _: False) as folder:
        (folder / "a").write_text("new")
        assert not target.exists()
    assert _texts(tmp_path) == {"above/there/a": "new"}


def test_what_fails_leaves_all_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a").write_text("old")
    with pytest.raises(FileNotFoundError):
        _fill(tmp_path / "there", "a", "no/such/folder", ours=("a",))
    assert _texts(tmp_path) == {"there/a": "old"}


def test_the_former_folder_is_back_where_the_new_one_cannot_take_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Path) -> None:
        raise PermissionError(13, "no")

    _fill(tmp_path / "there", "a")
    monkeypatch.setattr(folders, "replace", refuse)
    with pytest.raises(PermissionError):
        _fill(tmp_path / "there", "b", ours=("a",))
    assert _texts(tmp_path) == {"there/a": "new"}


def test_a_folder_of_ours_is_replaced_as_a_whole_and_an_empty_one_filled(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    _fill(tmp_path / "empty", "a")
    _fill(tmp_path / "ours", "a", "sub/b")
    _fill(tmp_path / "ours", "c", ours=("a", "b"))
    assert _texts(tmp_path) == {"empty/a": "new", "ours/c": "new"}


def test_what_is_of_others_is_named_and_stays(tmp_path: Path) -> None:
    target = tmp_path / "there"
    (target / "sub").mkdir(parents=True)
    for name in ("a", "mine", "sub/mine"):
        (target / name).write_text("old")
    with pytest.raises(FileExistsError) as raised:
        _fill(target, "a", ours=("a",))
    assert raised.value.filename == str(target / "mine")
    # What was ours and is not written again goes, and so does a folder that had nothing else.
    for name in ("former", "sub/former", "empty/former"):
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text("old")
    _fill(target, "a", "sub/b", ours=("a", "former"), force=True)
    assert _texts(target) == {"a": "new", "mine": "old", "sub/mine": "old", "sub/b": "new"}
    assert not (target / "empty").exists()
    with pytest.raises(FileExistsError):
        _fill(target / "a", "b", force=True)


def test_a_link_stays_and_the_folder_behind_it_is_filled(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    _fill(tmp_path / "link", "a")
    assert (tmp_path / "link").is_symlink()
    assert _texts(tmp_path / "real") == {"a": "new"}
