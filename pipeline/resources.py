"""Where the SQL tree and the bundled sample are: in a checkout beside the packages, in a wheel inside them."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_BUNDLED = _PACKAGE / "bundled"

SQL: Path = _BUNDLED / "sql" if _BUNDLED.is_dir() else _PACKAGE.parent / "sql"
SAMPLE: Path = _BUNDLED / "sample" if _BUNDLED.is_dir() else _PACKAGE.parent / "warehouse" / "sample"
