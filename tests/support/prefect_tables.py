"""The tables that Prefect's own steps make; `python -m tests.support.prefect_tables` writes them
into the file that a new server begins with.
"""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from marketwake_flows.database import TABLES

_MIGRATE = """
import asyncio
from prefect.server.database import provide_database_interface
asyncio.run(provide_database_interface().create_db())
"""


def migrated(home: Path) -> Path:
    """The database in a home of Prefect's, made or brought up to date by Prefect alone."""
    path = home / "prefect.db"
    settings = {
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": os.devnull,
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{path}",
    }
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    subprocess.run([sys.executable, "-c", _MIGRATE], env=inherited | settings, check=True)
    return path


def dumped(path: Path) -> str:
    """All that a database holds, as SQL."""
    with closing(sqlite3.connect(path)) as con:
        return "\n".join(con.iterdump()) + "\n"


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        TABLES.write_text(dumped(migrated(Path(folder))), encoding="utf-8")
