"""The commands accept and withdraw, from the dropped file to the published figure."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from marketwake.base.errors import BadInputError
from marketwake.cli.main import app
from marketwake.runs import nightly as plain
from marketwake.runs.decide import decide
from marketwake.runs.run import Hooks
from marketwake.runs.selection import Selection
from marketwake.sources.files.inbox import Inbox
from marketwake.warehouse.files import Warehouse

NAME = "farside_btc_20250903.csv"
# Farside, 7 and 8 August 2025: 156.6 and 360.0 for IBIT. A file of its first hours has 0.0.
TABLE = "Date,IBIT,Total\n07 Aug 2025,156.6,156.6\n08 Aug 2025,0.0,0.0\n"


def published(root: Path) -> list[float]:
    with Warehouse(root).reader() as con:
        rows = con.execute(
            "select net_flow_usd from stg.etf_flow "
            "where ticker = 'IBIT' and session between '2025-08-07' and '2025-08-08' "
            "order by session"
        ).fetchall()
    return [row[0] for row in rows]


def command(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False, env={"COLUMNS": "140"})
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.usefixtures("brief_study", "without_pictures")
def test_a_dropped_file_is_held_let_in_and_taken_out(
    sample_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "warehouse"
    shutil.copytree(sample_root, root, symlinks=True)
    (root / "inbox").mkdir(exist_ok=True)
    (root / "inbox" / NAME).write_text(TABLE)
    monkeypatch.setattr(plain, "select_sources", lambda *_, **__: Selection([Inbox(root)]))
    night = plain.nightly(root, "sample", hooks=Hooks(report=lambda _: ([], [])))
    # The totals of that day and the next are those of all funds.
    held = [row for row in night.warnings if row.check == "restatement_held"]
    assert {row.name for row in held} == {f"inbox {NAME}"}
    assert sorted(row.detail[:26] for row in held) == [
        "1 row held, the first raw.",
        "2 rows held, the first raw",
    ]
    assert published(root) == [156_600_000.0, 360_000_000.0]
    (note,) = (root / "inbox" / "loaded").glob("*.held.txt")
    assert '{"net_flow_usd":360000000.0} stands, the file has {"net_flow_usd":0.0}' in (
        note.read_text()
    )

    assert "3 rows let in" in command("accept", NAME, "--warehouse", str(root))
    assert published(root) == [156_600_000.0, 0.0]
    with pytest.raises(BadInputError, match="is held"):
        decide(root, "accept", NAME)

    shown = command("withdraw", "--run", night.run_id, "--warehouse", str(root))
    assert "3 rows taken out; for 3 of them what stood before stands again" in shown
    assert published(root) == [156_600_000.0, 360_000_000.0]
    with pytest.raises(BadInputError, match="has been withdrawn before"):
        decide(root, "withdraw", night.run_id)


@pytest.mark.parametrize(
    ("decision", "name", "complaint"),
    [
        ("accept", "etf_flow.csv", "there is no payload 'etf_flow.csv'"),
        ("withdraw", "", "there is no payload ''"),
        ("withdraw", "0123456789abcdef", "there is no payload '0123456789abcdef'"),
    ],
)
def test_what_names_no_payload_is_refused(
    sample_root: Path, tmp_path: Path, decision: str, name: str, complaint: str
) -> None:
    root = tmp_path / "warehouse"
    shutil.copytree(sample_root, root, symlinks=True)
    with pytest.raises(BadInputError, match=complaint):
        decide(root, decision, name)  # type: ignore[arg-type]


def test_withdraw_wants_a_payload_or_a_run_and_not_both(tmp_path: Path) -> None:
    for arguments in ((), ("one", "--run", "two")):
        done = CliRunner().invoke(app, ["withdraw", *arguments, "--warehouse", str(tmp_path)])
        assert isinstance(done.exception, BadInputError)
