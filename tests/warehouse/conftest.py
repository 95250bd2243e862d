"""The warehouse's own tests make its files as the program does."""

import pytest


@pytest.fixture(autouse=True)
def _every_file_is_made_anew(made_anew: None) -> None:
    """See `made_anew`."""
