"""What names no times is refused before anything begins, and Prefect takes all else."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from marketwake.base.errors import BadInputError
from marketwake_flows.cron import check_cron
from marketwake_flows.serve import run


def test_nothing_begins_where_nothing_could_ever_run(tmp_path: Path) -> None:
    said = list[tuple[str, str | None]]()
    with pytest.raises(BadInputError, match="--cron: 'notacron' names no times"):
        run(
            tmp_path / "warehouse",
            "notacron",
            "sample",
            4200,
            None,
            lambda *told: said.append(told),
        )
    assert said == []
    assert list(tmp_path.iterdir()) == []


# crontab(5): lists, ranges, steps, names of months and weekdays, Sunday as 0 or 7.
@pytest.mark.parametrize(
    "line",
    [
        "15 6 * * *",
        "*/15 0-23/2 1,15 * *",
        "0 22 * * 1-5",
        "5 4 * * sun",
        "0 0 * JAN,feb Mon-Fri",
        "00 06 31 12 7",
        "  0\t6 * * * ",
    ],
)
def test_lines_of_crontab_are_taken(line: str) -> None:
    check_cron(line)


@pytest.mark.parametrize(
    "line",
    [
        *("", "* * * *", "* * * * * *", "@daily", "60 * * * *", "* 24 * * *", "* * 0 * *"),
        *("* * 32 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *", "1, * * * *"),
        *(
            "-1 * * * *",
            "mon * * * *",
            "* * * monday *",
            "1-2-3 * * * *",
            "* * L * *",
            "\u0661 * * * *",
        ),
    ],
)
def test_what_is_none_is_refused(line: str) -> None:
    with pytest.raises(BadInputError, match="names no times"):
        check_cron(line)


def _field(lowest: int, highest: int, *names: str) -> st.SearchStrategy[str]:
    """Lists of parts most of which can be."""
    end = st.integers(lowest, highest + 1).map(str) | st.sampled_from(names or ("*",))
    part = st.just("*") | end | st.builds("{}-{}".format, end, end)
    stepped = part | st.builds("{}/{}".format, part, st.integers(0, 99))
    return st.lists(stepped, min_size=1, max_size=3).map(",".join)


@given(
    st.tuples(
        _field(0, 59), _field(0, 23), _field(1, 31), _field(1, 12, "jan", "DEC"),
        _field(0, 7, "sun", "Sat"),
    ).map(" ".join)
)  # fmt: skip
@example("0 0 31 2 *")
def test_what_is_taken_prefect_takes_too(line: str) -> None:
    from prefect.client.schemas.schedules import CronSchedule

    try:
        check_cron(line)
    except BadInputError:
        return
    assert CronSchedule(cron=line, timezone="UTC").cron == line
