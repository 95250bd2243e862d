"""Says in every run of the tests whether those of a lake are among them."""

import pytest

from tests.lake.conftest import MISSING


def test_the_parts_of_a_lake_are_installed() -> None:
    if MISSING:
        pytest.skip(f"tests of a lake need {', '.join(MISSING)}; `make lake` installs them apart")
