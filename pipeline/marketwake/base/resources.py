"""Where the SQL tree and the bundled sample are: in a checkout beside the packages, in a wheel
inside them.
"""

from pathlib import Path

PACKAGE: Path = Path(__file__).parents[1]
"""The folder of the package `marketwake`."""
_BUNDLED = PACKAGE / "bundled"
_CHECKOUT = PACKAGE.parents[1]

SQL: Path = _BUNDLED / "sql" if _BUNDLED.is_dir() else _CHECKOUT / "sql"
SAMPLE: Path = _BUNDLED / "sample" if _BUNDLED.is_dir() else _CHECKOUT / "warehouse" / "sample"
