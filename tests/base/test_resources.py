"""What derived tables are made by has a digest."""

import shutil
from pathlib import Path

from marketwake.base.resources import SQL, program_digest


def test_a_seed_a_query_and_the_holidays_all_count(tmp_path: Path) -> None:
    digests = {program_digest(SQL)}
    for number, (name, text) in enumerate(
        {
            "seeds/event.csv": "\n",
            "seeds/closing.csv": "\n",
            "macros/as_known_at.sql": "-- another line\n",
        }.items()
    ):
        folder = Path(shutil.copytree(SQL, tmp_path / str(number)))
        assert program_digest(folder) in digests
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(text)
        digests.add(program_digest.__wrapped__(folder))
    assert len(digests) == 4
