"""A Prefect server for what goes through Prefect, as users have it: with its gate and key."""

from collections.abc import Iterator

import pytest
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

from marketwake_flows.api import Api
from marketwake_flows.server import running


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A Prefect server with a database of its own; it takes seconds to start, so there is one for
    all tests. Flows in this process use it; the environment of others does not name it.
    """
    with running(tmp_path_factory.mktemp("prefect")) as api, pytest.MonkeyPatch.context() as patch:
        patch.delenv("PREFECT_API_URL")
        patch.delenv("PREFECT_API_AUTH_STRING")
        with temporary_settings({PREFECT_API_URL: api.url, PREFECT_API_AUTH_STRING: api.key}):
            yield api
