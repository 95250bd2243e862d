"""Where the SQL tree and the bundled sample are: in a checkout beside the packages, in a wheel
inside them.
"""

import hashlib
from functools import cache
from pathlib import Path

PACKAGE: Path = Path(__file__).parents[1]
"""The folder of the package `marketwake`."""
_BUNDLED = PACKAGE / "bundled"
_CHECKOUT = PACKAGE.parents[1]

SQL: Path = _BUNDLED / "sql" if _BUNDLED.is_dir() else _CHECKOUT / "sql"
SAMPLE: Path = _BUNDLED / "sample" if _BUNDLED.is_dir() else _CHECKOUT / "warehouse" / "sample"


@cache
def program_digest(sql: Path = SQL) -> str:
    """SHA-256 of all that derived tables are made by, raw rows aside: the SQL tree and the program.
    As this process found them: what changes on the disk under it is news to the next one.
    """
    digest = hashlib.sha256()
    for folder in (sql, PACKAGE):
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".sql", ".csv", ".py", ".po"}:
                digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
