"""Alerts: each that should be raised is, once; each is delivered at least once, under one key; no
secret gets out.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketwake.base.errors import BadInputError
from marketwake.base.settings import read_settings
from marketwake.runs import alerts, steps
from marketwake.runs.alerts import deliver, raise_alerts
from marketwake.warehouse.ddl import create_tables
from marketwake.warehouse.files import Warehouse
from tests.support.receiver import Receiver, receiving

Con = duckdb.DuckDBPyConnection
FIRST = datetime(2026, 1, 1, 5, tzinfo=UTC)
NOW = FIRST + timedelta(days=6)
HELD_BACK = "2 data checks failed; nothing was published:\n  unknown_name: seed.venue: venue Nope"
NO_DISK = "nothing was published: No space left on device"


@pytest.fixture
def con() -> Iterator[Con]:
    """The tables of sql/ops and nothing else: alerts must work before anything could be built."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        create_tables(connection, "ops")
        yield connection


def _run(
    con: Con,
    night: float,
    state: str = "completed",
    message: str | None = None,
    flow: str = "nightly",
) -> str:
    started_at = FIRST + timedelta(days=night)
    run_id = f"{flow}-{night:g}"
    con.execute(
        "insert into ops.run values (?, ?, 'live', ?, ?, ?, ?)",
        [run_id, flow, started_at, started_at, state, message],
    )
    return run_id


def _asked(con: Con, night: int, source: str, error: str | None = None, rejected: int = 0) -> None:
    con.execute(
        "insert into ops.load by name select ? as receipt_id, ? as run_id, ? as source, "
        "'d' as dataset, 'what' as request, ? as landed_at, ? as status, 9 as rows_read, "
        "9 as rows_accepted, ? as rows_rejected, 0 as rows_new, 0 as rows_restated, "
        "0 as rows_unchanged, 0 as rows_held, ? as error_message",
        [
            f"{night}-{source}-{error}", f"nightly-{night}", source,
            FIRST + timedelta(days=night, minutes=1),
            "fetch_failed" if error else "loaded", rejected, error,
        ],
    )  # fmt: skip


def _told(con: Con, now: datetime = NOW) -> list[str]:
    con.begin()
    raise_alerts(con, now)
    con.commit()
    return [
        row[0]
        for row in con.execute(
            "select alert_key from ops.alert order by created_at, alert_key"
        ).fetchall()
    ]


def test_quiet_nights_raise_nothing(con: Con) -> None:
    for night in range(3):
        _run(con, night)
        _asked(con, night, "farside")
        assert _told(con) == []


def test_a_source_is_told_of_in_its_first_bad_night_and_when_it_is_back(con: Con) -> None:
    keys = []
    for night, error in enumerate([None, "HTTP 503", "HTTP 503", None, None, "HTTP 403"]):
        problem = f"farside: 1 of 1 requests failed, first {error}" if error else None
        _run(con, night, "failed" if error else "completed", problem)
        _asked(con, night, "farside", error)
        _asked(con, night, "yahoo")
        if night != 2:  # the process died before it could tell
            keys.append(_told(con))
    first, back, again = (
        "source_failed/farside/nightly-1",
        "source_recovered/farside/nightly-3",
        "source_failed/farside/nightly-5",
    )
    # A failed source is its own alert: what came from the others was published, so the run is not
    # told of as lost.
    assert keys[0] == []
    assert set(keys[1]) == {first}
    assert set(keys[2]) == set(keys[3]) == {first, back}
    assert set(keys[4]) == {first, back, again}
    severity, detail = con.execute(
        "select severity, detail from ops.alert where alert_key = ?", [first]
    ).fetchall()[0]
    assert (severity, detail) == ("warn", "1 of 1 requests failed, first: HTTP 503")


def test_rejected_rows_are_a_failure_of_their_source(con: Con) -> None:
    _run(con, 0, "failed", "inbox: figures.csv: 3 rows rejected, first ...")
    _asked(con, 0, "inbox", rejected=3)
    assert _told(con) == ["source_failed/inbox/nightly-0"]
    assert con.execute("select detail from ops.alert").fetchall() == [
        ("rows were rejected of 1 of 1 answers, first 3 of what",)
    ]


def test_failed_requests_and_rejected_rows_are_counted_apart_and_the_cause_comes_first(
    con: Con,
) -> None:
    _run(con, 0, "failed", "yahoo: 2 of 4 requests failed, first HTTP 503")
    # By its receipt what was spared can stand before what caused it.
    spared = "not asked, because yahoo had failed before: HTTP 503"
    for error, rejected in ((None, 2), ("yahoo: IBIT: HTTP 503", 0), (None, 0), (spared, 0)):
        _asked(con, 0, "yahoo", error, rejected)
    con.execute(
        "update ops.load set receipt_id = if(starts_with(error_message, 'not'), '0', receipt_id)"
    )
    assert _told(con) == ["source_failed/yahoo/nightly-0"]
    assert con.execute("select detail from ops.alert").fetchall() == [
        (
            "2 of 4 requests failed, first: IBIT: HTTP 503; "
            "rows were rejected of 1 of 2 answers, first 2 of what",
        )
    ]


def test_a_source_that_was_not_asked_has_neither_failed_nor_recovered(con: Con) -> None:
    _asked(con, 0, "spot-kraken", "HTTP 503")
    for night in range(3):
        _run(con, night)
    assert _told(con) == ["source_failed/spot-kraken/nightly-0"]


def test_a_lost_run_is_told_of_once_until_one_has_published(con: Con) -> None:
    for night, message in enumerate([NO_DISK, NO_DISK, None, None, NO_DISK]):
        _run(con, night, "failed" if message else "completed", message)
        _told(con)
    told = [
        "run_failed/nightly/nightly-0",
        "run_failed/nightly/nightly-4",
        "run_recovered/nightly/nightly-2",
    ]
    assert sorted(_told(con)) == told
    assert con.execute(
        "select distinct detail from ops.alert where kind = 'run_failed'"
    ).fetchall() == [(NO_DISK,)]


def test_a_killed_run_is_told_of_by_the_next_and_one_at_work_is_not(con: Con) -> None:
    _run(con, 0, "running")
    assert _told(con) == []
    _run(con, 1, "running")
    assert _told(con) == ["run_failed/nightly/nightly-0"]
    assert con.execute("select detail from ops.alert").fetchall() == [
        ("it was killed, or the machine stopped",)
    ]


def test_a_check_that_stops_the_publishing_is_told_of_once_while_it_lasts(con: Con) -> None:
    def offend(*names: str, accepted: str | None = None) -> None:
        con.execute("delete from ops.offender")
        for name in names:
            con.execute(
                "insert into ops.offender values (now(), ?, 'error', 'seed.venue', 'venue Nope', "
                "?, null)",
                [name, accepted],
            )

    nights: list[tuple[tuple[str, ...], str | None]] = [
        (("unknown_name",), HELD_BACK),
        (("unknown_name", "version_order"), HELD_BACK),
        ((), NO_DISK),
        (("unknown_name",), HELD_BACK),
        ((), None),
        (("unknown_name",), HELD_BACK),
    ]
    new, before = [], set[str]()
    for night, (names, message) in enumerate(nights):
        offend(*names)
        _run(con, night, "failed" if message else "completed", message)
        keys = set(_told(con))
        assert keys == set(_told(con))
        new.append(keys - before)
        before = keys
    assert new == [
        {"checks_stopped/unknown_name/nightly-0"},
        {"checks_stopped/version_order/nightly-1"},
        {"run_failed/nightly/nightly-2"},
        set(),
        {"run_recovered/nightly/nightly-4"},
        {"checks_stopped/unknown_name/nightly-5"},
    ]
    detail = con.execute(
        "select detail from ops.alert where alert_key = 'checks_stopped/unknown_name/nightly-5'"
    ).fetchall()
    assert detail == [("1 offenders, first seed.venue: venue Nope",)]
    offend("unknown_name", accepted="known")
    _run(con, 5.5)
    assert _told(con)[-1] == "run_recovered/nightly/nightly-5.5"


def test_a_pause_of_more_than_36_hours_is_told_of_by_the_run_that_ends_it(con: Con) -> None:
    for night in (0, 1.4, 2.9, 3.0):
        _run(con, night)
    _run(con, 5.5, flow="backfill")
    # 1.4 days are 33.6 hours, 1.5 days are 36 and not more.
    assert _told(con) == []
    _run(con, 5)
    assert _told(con) == ["run_late/nightly/nightly-5"]
    assert con.execute("select severity, detail from ops.alert").fetchall() == [
        ("warn", "no run for 48 hours")
    ]


def test_a_warehouse_that_never_told_does_not_tell_its_history(con: Con) -> None:
    _run(con, 0, "failed", NO_DISK)
    assert _told(con, FIRST + timedelta(days=7, seconds=1)) == []
    assert _told(con, FIRST + timedelta(days=7)) == ["run_failed/nightly/nightly-0"]


@pytest.fixture(scope="module")
def kept() -> Iterator[Con]:
    """Tables of ops that all examples share, for making them takes longer than an example."""
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        create_tables(con, "ops")
        yield con


@given(st.lists(st.booleans(), max_size=6), st.sets(st.integers(0, 5)))
def test_whenever_runs_die_before_telling_each_bad_spell_of_a_source_is_told_of_once(
    kept: Con, failed: list[bool], dead: set[int]
) -> None:
    for table in ("run", "load", "alert"):
        kept.execute(f"delete from ops.{table}")
    for night, bad in enumerate(failed):
        _run(
            kept,
            night,
            "failed" if bad else "completed",
            "farside: 1 of 1 requests failed" if bad else None,
        )
        _asked(kept, night, "farside", "HTTP 503" if bad else None)
        if night not in dead:
            _told(kept)
    told = [key for key in _told(kept) if key.startswith("source_failed")]
    began = [night for night, bad in enumerate(failed) if bad and not (night and failed[night - 1])]
    assert sorted(told) == [f"source_failed/farside/nightly-{night}" for night in began]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that is up."""
    with receiving() as made:
        yield made


def _two(con: Con) -> list[str]:
    _run(con, 0, "failed", NO_DISK)
    _asked(con, 0, "farside", "HTTP 503")
    return _told(con)


def _deliver(con: Con, receiver: Receiver) -> list[str]:
    return deliver(con, receiver.address, lambda: NOW, lambda _: None)


def test_alerts_are_posted_as_json_marked_and_not_posted_again(
    con: Con, receiver: Receiver
) -> None:
    keys = _two(con)
    assert _deliver(con, receiver) == []
    assert (
        [key for key, _ in receiver.seen]
        == keys
        == ["run_failed/nightly/nightly-0", "source_failed/farside/nightly-0"]
    )
    assert receiver.seen[0][1] == {
        "alert_key": "run_failed/nightly/nightly-0",
        "run_id": "nightly-0",
        "kind": "run_failed",
        "severity": "error",
        "subject": "nightly",
        "detail": NO_DISK,
        "created_at": "2026-01-07T05:00:00+00:00",
        "text": "marketwake: run failed: nightly: nothing was published: No space left on device",
    }
    assert con.execute(
        "select distinct delivered_at, attempts, last_error from ops.alert"
    ).fetchall() == [(NOW, 1, None)]
    assert _deliver(con, receiver) == []
    assert len(receiver.seen) == 2


def test_a_fault_that_passes_is_ridden_out_under_the_same_key(con: Con, receiver: Receiver) -> None:
    keys = _two(con)
    receiver.statuses = [500, 429]
    assert _deliver(con, receiver) == []
    assert [key for key, _ in receiver.seen] == [keys[0]] * 3 + [keys[1]]


def test_a_receiver_that_is_out_leaves_the_outbox_to_the_next_run(
    con: Con, receiver: Receiver
) -> None:
    keys = _two(con)
    receiver.statuses = [500, 502, 503]
    (problem,) = _deliver(con, receiver)
    assert problem == "alert run_failed/nightly/nightly-0 was not delivered: 127.0.0.1: HTTP 503"
    rows = con.execute(
        "select delivered_at, attempts, last_error from ops.alert order by alert_key"
    ).fetchall()
    assert rows == [(None, 1, "127.0.0.1: HTTP 503"), (None, 0, None)]
    assert _deliver(con, receiver) == []
    assert [key for key, _ in receiver.seen[3:]] == keys


def test_an_alert_that_the_receiver_refuses_does_not_stand_in_the_way_of_the_next(
    con: Con, receiver: Receiver
) -> None:
    keys = _two(con)
    # A redirect is a refusal too: followed, the POST would become a GET and pass for a delivery.
    for status in (400, 302):
        receiver.statuses = [status]
        con.execute("update ops.alert set delivered_at = null")
        (problem,) = _deliver(con, receiver)
        assert problem == f"alert {keys[0]} was not delivered: 127.0.0.1: HTTP {status}"
        assert con.execute(
            "select alert_key from ops.alert where delivered_at is not null"
        ).fetchall() == [(keys[1],)]


def test_a_receiver_that_hangs_or_is_not_there_costs_seconds(
    con: Con, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    _two(con)
    monkeypatch.setattr(alerts, "TIMEOUT_SECONDS", 0.2)
    receiver.statuses = [None] * 3
    started = time.monotonic()
    (problem,) = _deliver(con, receiver)
    assert "127.0.0.1: " in problem
    assert time.monotonic() - started < 10
    (problem,) = deliver(con, "http://127.0.0.1:9/s3cr3t", lambda: NOW, lambda _: None)
    assert "Connection refused" in problem
    assert "s3cr3t" not in problem


def test_what_nobody_took_within_a_week_stays_and_is_not_sent(con: Con, receiver: Receiver) -> None:
    _two(con)
    assert (
        deliver(con, receiver.address, lambda: NOW + timedelta(days=7, seconds=1), lambda _: None)
        == []
    )
    assert receiver.seen == []
    assert con.execute("select count(*) from ops.alert where delivered_at is null").fetchall() == [
        (2,)
    ]


def test_killed_between_sending_and_marking_the_next_run_sends_it_again_under_the_same_key(
    tmp_path: Path, receiver: Receiver
) -> None:
    with Warehouse(tmp_path).writer() as con:
        keys = _two(con)
    code = (
        "import os, signal, sys\n"
        "from datetime import datetime\n"
        "from pathlib import Path\n"
        "from marketwake.runs.alerts import deliver\n"
        "from marketwake.warehouse.files import Warehouse\n"
        "asked = []\n"
        "def clock():\n"
        "    if asked:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    asked.append(1)\n"
        "    return datetime.fromisoformat(sys.argv[2])\n"
        "with Warehouse(Path(sys.argv[1])).writer() as con:\n"
        "    deliver(con, os.environ['HOOK'], clock)\n"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path), NOW.isoformat()]
    died = subprocess.run(
        arguments,
        check=False,
        capture_output=True,
        timeout=120,
        env=os.environ | {"HOOK": receiver.address},
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert [key for key, _ in receiver.seen] == [keys[0]]
    assert steps.alert(Warehouse(tmp_path), receiver.address, lambda: NOW) == []
    assert [key for key, _ in receiver.seen] == [keys[0], *keys]
    with Warehouse(tmp_path).writer() as con:
        assert con.execute(
            "select count(*) from ops.alert where delivered_at is null"
        ).fetchall() == [(0,)]


def test_without_a_receiver_alerts_stay_in_the_outbox_and_nothing_complains(tmp_path: Path) -> None:
    with Warehouse(tmp_path).writer() as con:
        _two(con)
    assert steps.alert(Warehouse(tmp_path), None, lambda: NOW) == []
    with Warehouse(tmp_path).writer() as con:
        assert (
            con.execute("select attempts, last_error, delivered_at from ops.alert").fetchall()
            == [(0, None, None)] * 2
        )


@pytest.mark.parametrize("status", [200, 400, 500])
def test_the_address_is_in_no_log_no_message_and_not_in_the_warehouse(
    tmp_path: Path, receiver: Receiver, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    with Warehouse(tmp_path).writer() as con:
        _two(con)
    receiver.statuses = [status] * 3
    problems = steps.alert(Warehouse(tmp_path), receiver.address, lambda: NOW, lambda _: None)
    for secret in ("s3cr3t", receiver.address):
        assert secret not in caplog.text + str(problems)
        assert all(
            secret.encode() not in path.read_bytes()
            for path in tmp_path.rglob("*")
            if path.is_file()
        )


def test_the_address_comes_from_the_environment_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MARKETWAKE_CONFIG", raising=False)
    monkeypatch.setenv("MARKETWAKE_ALERT_WEBHOOK", "https://hooks.example.org/s3cr3t")
    found = read_settings(tmp_path)
    assert found.alert_webhook == "https://hooks.example.org/s3cr3t"
    assert "s3cr3t" not in repr(found)
    monkeypatch.setenv("MARKETWAKE_ALERT_WEBHOOK", "")
    assert read_settings(tmp_path).alert_webhook is None
    file = tmp_path / "marketwake.toml"
    file.write_text('alert_webhook = "https://hooks.example.org/"\n')
    with pytest.raises(BadInputError, match="unknown setting 'alert_webhook'"):
        read_settings(tmp_path, file)


@pytest.mark.parametrize(
    "address",
    [
        "hooks.example.org/s3cr3t",
        "file:///etc/s3cr3t",
        "http:///s3cr3t",
        "https://user:s3cr3t@h/",
        "http://h:port/s3cr3t",
        "http://h/s3cr3t é",
        "http://h/a\ns3cr3t",
    ],
)
def test_an_address_that_cannot_be_posted_to_is_refused_without_being_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("MARKETWAKE_ALERT_WEBHOOK", address)
    with pytest.raises(BadInputError, match="MARKETWAKE_ALERT_WEBHOOK is no address") as caught:
        read_settings(tmp_path)
    assert "s3cr3t" not in str(caught.value)
