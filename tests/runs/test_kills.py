"""Killed at any instant: the next run ends where an undisturbed one does, and readers notice
nothing.

A kill in one phase after the other; `make faults` does two hundred.
"""

from pathlib import Path

import pytest

from tests.conftest import BuiltOnce
from tests.faults.kills import (
    BRIEF,
    kill_backfills,
    kill_migrations,
    kill_nights,
    kill_replays,
    load_brief,
)
from tests.support.killed import PHASES

pytestmark = [pytest.mark.usefixtures("without_pictures"), pytest.mark.timeout(1200)]


@pytest.fixture(scope="session")
def brief_sample(built_once: BuiltOnce) -> Path:
    """A folder with `figures` and a `warehouse` of them. Copy both before changing them."""
    return built_once("brief-sample", load_brief)


def test_after_a_killed_night_the_next_one_ends_as_if_nothing_had_been(
    brief_sample: Path, tmp_path: Path
) -> None:
    hit = kill_nights(brief_sample, tmp_path, BRIEF, 20250807, None)
    assert set(hit) >= set(PHASES)


def test_after_a_killed_backfill_the_next_one_asks_for_the_rest_and_ends_as_if_nothing_had_been(
    tmp_path: Path,
) -> None:
    # What comes after the loading is the same in a night.
    wanted = ("landing", "loading")
    assert set(kill_backfills(tmp_path, BRIEF, 20250808, None, wanted)) >= set(wanted)


def test_after_a_killed_replay_the_next_one_ends_as_if_nothing_had_been(
    brief_sample: Path, tmp_path: Path
) -> None:
    assert kill_replays(brief_sample, tmp_path, BRIEF, 20250809, None)["replaying"]


def test_after_a_killed_migration_the_next_night_ends_as_if_nothing_had_been(
    brief_sample: Path, tmp_path: Path
) -> None:
    assert kill_migrations(brief_sample, tmp_path, BRIEF, 20250810, None)["migrating"]
