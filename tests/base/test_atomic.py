"""What is written takes the place of a file whole or not at all; links, devices, pipes, modes and
standard output stay what they are.
"""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from marketwake.base import atomic
from marketwake.base.atomic import replacing


def _write(path: Path, content: bytes = b"new") -> None:
    with replacing(path) as partial:
        partial.write_bytes(content)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_mode_that_the_user_gives_files(tmp_path: Path) -> None:
    (tmp_path / "beside").touch()
    _write(tmp_path / "new")
    assert (tmp_path / "new").read_bytes() == b"new"
    assert _mode(tmp_path / "new") == _mode(tmp_path / "beside")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["beside", "new"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o666])
def test_a_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "answer"
    path.write_bytes(b"old")
    path.chmod(mode)
    _write(path)
    assert (path.read_bytes(), _mode(path)) == (b"new", mode)


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone may give a file to another user")
def test_a_file_keeps_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "answer"
    path.touch()
    os.chown(path, 1234, 4321)
    _write(path)
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 4321)


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_what_it_leads_to_gets_the_bytes(tmp_path: Path, *, there: bool) -> None:
    (tmp_path / "far").mkdir()
    target = tmp_path / "far" / "target"
    if there:
        target.write_bytes(b"old")
    (tmp_path / "middle").symlink_to("far/target")
    (tmp_path / "link").symlink_to(tmp_path / "middle")
    _write(tmp_path / "link")
    assert (tmp_path / "link").readlink() == tmp_path / "middle"
    assert (tmp_path / "middle").readlink() == Path("far/target")
    assert target.read_bytes() == b"new"
    assert [path.name for path in (tmp_path / "far").iterdir()] == ["target"]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "answer"
    path.write_bytes(b"old")

    def fail() -> None:
        with replacing(path) as partial:
            partial.write_bytes(b"ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("answer", b"old")]


def test_a_device_stays_a_device(tmp_path: Path) -> None:
    null = Path("/dev/null")
    (tmp_path / "link").symlink_to(null)
    _write(null)
    _write(tmp_path / "link")
    assert null.is_char_device()
    assert (tmp_path / "link").is_symlink()
    with pytest.raises(OSError, match="No space left"):
        _write(Path("/dev/full"))


def test_a_named_pipe_gets_the_bytes(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    content = b"x" * 1_000_000  # more than a pipe holds
    writer = threading.Thread(target=_write, args=(pipe, content))
    writer.start()
    assert pipe.read_bytes() == content
    writer.join()
    assert pipe.is_fifo()


def _nothing(_: Path) -> None: ...


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    ("name", "make", "complaint"),
    [
        ("nowhere/answer", _nothing, "No such file"),
        ("folder", Path.mkdir, "Is a directory"),
        ("loop", _loop, "symbolic links"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, name: str, make: Callable[[Path], None], complaint: str
) -> None:
    make(tmp_path / name)

    def begin() -> None:
        with replacing(tmp_path / name):
            pytest.fail("the work began")

    with pytest.raises(OSError, match=complaint):
        begin()


def test_a_file_that_is_replaced_between_two_looks_is_replaced_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "answer"
    path.write_bytes(b"old")
    looked = atomic._stat

    def replaced_behind(of: Path) -> os.stat_result | None:
        seen = looked(of)
        monkeypatch.setattr(atomic, "_stat", looked)
        _write(path, b"theirs")
        return seen

    monkeypatch.setattr(atomic, "_stat", replaced_behind)
    with replacing(path) as partial:
        partial.write_bytes(b"ours")
        inode = partial.stat().st_ino
    assert (path.read_bytes(), path.stat().st_ino) == (b"ours", inode)


def test_of_two_at_once_each_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "answer"
    contents = [bytes([number]) * 200_000 for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda content: _write(path, content), contents))
    assert path.read_bytes() in contents
    assert [file.name for file in tmp_path.iterdir()] == ["answer"]


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link", "out"])
@pytest.mark.parametrize("piped", [True, False])
def test_standard_output_goes_on_after_it(tmp_path: Path, name: str, *, piped: bool) -> None:
    (tmp_path / "link").symlink_to("/dev/stdout")
    code = (
        "import sys; from pathlib import Path; from marketwake.base.atomic import replacing\n"
        "print('before', flush=True)\n"
        "with replacing(Path(sys.argv[1])) as partial: partial.write_text('new\\n')\n"
        "print('after')"
    )
    out = tmp_path / "out"
    with out.open("wb") as stream:
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / name)],
            stdout=subprocess.PIPE if piped else stream,
            check=True,
        )
    if name == "out" and piped:
        assert (done.stdout, out.read_text()) == (b"before\nafter\n", "new\n")
    else:
        said = done.stdout.decode() if piped else out.read_text()
        assert said == "before\nnew\nafter\n"
