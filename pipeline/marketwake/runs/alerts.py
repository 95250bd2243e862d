"""Alerts: what somebody should be told, once per condition, and its delivery to a webhook, at least
once.

What is told is computed from ops.run, ops.load and ops.offender by the files in sql/alerts, so that
a run killed before it could tell is told of by the next one. ops.alert is the outbox: an alert
stays in it, delivered or not.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from time import sleep as wait
from urllib.parse import urlsplit

import duckdb

from marketwake.base.errors import SourceError, SourceUnavailableError
from marketwake.base.resources import SQL
from marketwake.sources.http import refusal
from marketwake.sources.retry import Circuit
from marketwake.sources.source import Clock

REACH = timedelta(days=7)
"""Older conditions are no news: a warehouse that never told does not tell its history, and what no
receiver took in a week stays unsent.
"""
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Alert:
    """One row of the outbox, as it is sent."""

    alert_key: str
    run_id: str
    kind: str
    severity: str
    subject: str
    detail: str
    created_at: datetime

    def body(self) -> bytes:
        """The JSON that is posted: the columns of ops.alert, and `text`, the one line that chat
        receivers show.
        """
        fields = asdict(self) | {"created_at": self.created_at.isoformat()}
        text = f"marketwake: {self.kind.replace('_', ' ')}: {self.subject}: {self.detail}"
        return json.dumps(fields | {"text": text}, ensure_ascii=False).encode()


def raise_alerts(con: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Put into ops.alert what began or ended within REACH before `now` and is not there yet. Doing
    so again adds nothing.

    Runs must have been closed before: the newest one that still stands as running is taken to be at
    work. Must run in a transaction.
    """
    for path in sorted((SQL / "alerts" / "views").glob("*.sql")):
        con.execute(path.read_text(encoding="utf-8"))
    for path in sorted((SQL / "alerts").glob("*.sql")):
        query = path.read_text(encoding="utf-8").rstrip().removesuffix(";")
        con.execute(
            "insert into ops.alert by name "
            "select kind || '/' || subject || '/' || run_id as alert_key, * exclude (began_at), "
            f"?::timestamptz as created_at from ({query}) "
            "where began_at >= ? and alert_key not in (select alert_key from ops.alert)",
            [now, now - REACH],
        )


def deliver(
    con: duckdb.DuckDBPyConnection,
    webhook: str,
    clock: Clock,
    sleep: Callable[[float], None] = wait,
) -> list[str]:
    """Post what nobody has taken yet, oldest first; each is marked as soon as the receiver took it.

    Killed between the two, the next run posts it again under the same Idempotency-Key. A receiver
    that is out of reach is left until the next run. Returns what went wrong, a line per alert; the
    address may hold a secret, so that messages name its host alone.
    """
    rows = con.execute(
        "select alert_key, run_id, kind, severity, subject, detail, created_at from ops.alert "
        "where delivered_at is null and created_at >= ? order by created_at, alert_key",
        [clock() - REACH],
    ).fetchall()
    problems = []
    for alert in (Alert(*row) for row in rows):
        try:
            Circuit("the receiver of alerts", sleep).call(lambda alert=alert: _post(webhook, alert))  # type: ignore[misc]
        except SourceError as error:
            problems.append(f"alert {alert.alert_key} was not delivered: {error.what}")
            con.execute(
                "update ops.alert set attempts = attempts + 1, last_error = ? where alert_key = ?",
                [error.what, alert.alert_key],
            )
            if error.retryable:
                break
        else:
            con.execute(
                "update ops.alert set attempts = attempts + 1, last_error = null, "
                "delivered_at = ? where alert_key = ?",
                [clock(), alert.alert_key],
            )
    return problems


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET, and its answer pass for a delivery."""

    def redirect_request(self, *_: object) -> None:
        return None


# Not httpx: it logs every address that it asks, and this one may hold a secret.
_opener = urllib.request.build_opener(_NoRedirect)


def _post(webhook: str, alert: Alert) -> None:
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": alert.alert_key,
        "User-Agent": "marketwake",
    }
    host = urlsplit(webhook).hostname or "the receiver"
    request = urllib.request.Request(webhook, alert.body(), headers, method="POST")  # noqa: S310  settings.py allows http and https alone
    try:
        _opener.open(request, timeout=TIMEOUT_SECONDS).close()
    except urllib.error.HTTPError as error:
        with error:
            raise refusal(host, error.code, b"", error.headers.get("Retry-After")) from None
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise SourceUnavailableError(
            f"{host}: {reason}", "Check the receiver; the next run tries again."
        ) from None
