"""Where the folder of a warehouse can be."""

from pathlib import Path

from marketwake.base.errors import WarehouseError

LONGEST_NAME = Path("landing", "payloads", "x" * 96)
"""As long as any that is made below the folder."""


def check_folder(root: Path) -> None:
    """Refuse a folder below which no file can be.

    Raises:
        WarehouseError: its path is no UTF-8, has a question mark, is too long, or not this user's.
    """
    if "?" in str(root.absolute()):
        # DuckDB looks for its log beside what stands before it.
        raise WarehouseError(
            f"the warehouse folder {root} cannot be used: DuckDB cannot write below a '?'",
            "Choose another with --warehouse.",
        )
    try:
        str(root).encode()
        (root / LONGEST_NAME).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "its name is no UTF-8"
        raise WarehouseError(
            f"the warehouse folder {root} cannot be used: {why}",
            "Choose another with --warehouse.",
        ) from error
