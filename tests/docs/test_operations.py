"""What docs/operations.md shows runs."""

import pytest
from prefect.blocks.abstract import NotificationBlock
from prefect.blocks.core import Block

from tests.docs.snippets import PAGES, blocks


# The library behind the block for mail imports a module that Python is about to drop.
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
@pytest.mark.usefixtures("prefect_server")
def test_its_blocks_can_be_saved_and_are_of_the_kind_that_automations_take() -> None:
    (code,) = blocks(PAGES["operations.md"], "python")
    exec(code, {})  # noqa: S102
    for slug in ("custom-webhook/on-call", "sendgrid-email/mail"):
        assert isinstance(Block.load(slug), NotificationBlock)
