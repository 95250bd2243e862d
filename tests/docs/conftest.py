"""A folder in which the pages' snippets run."""

from pathlib import Path

import pytest

from marketwake.base.resources import SAMPLE


@pytest.fixture
def place(sample_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of a reader who has run the demo: the sample's published warehouse
    under ./warehouse, and the bundled sample beside it.
    """
    folder = tmp_path / "warehouse"
    folder.mkdir()
    (folder / "market.duckdb").symlink_to((sample_root / "market.duckdb").resolve())
    (folder / "sample").symlink_to(SAMPLE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARKETWAKE_WAREHOUSE", raising=False)
    monkeypatch.delenv("MARKETWAKE_CONFIG", raising=False)
    return tmp_path
