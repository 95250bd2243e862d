"""Which Prefect API is used, found and asked without importing Prefect.

It is that of PREFECT_API_URL in the environment, else that of the `marketwake serve` which keeps
this warehouse. A profile of the user is not looked at.
"""

import base64
import logging
import os
import re
import ssl
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from marketwake.base.atomic import write_atomically
from marketwake.base.errors import MarketwakeError

log = logging.getLogger(__name__)

HOME = Path("state", "prefect")
"""Prefect's own files, below the warehouse."""
PROFILE = "profiles.toml"
"""In the home: where the API of a running `marketwake serve` is, and its key."""
DEADLINE_SECONDS = 3.0
"""For everything that finding out takes, names and connections included."""
LOOPBACK = ("127.0.0.1", "localhost")


class ApiError(MarketwakeError):
    """The Prefect API that is to be used does not answer as it should, or could not be started."""

    exit_code = 8


@dataclass(frozen=True)
class Api:
    """Where a Prefect API is, and its key in the form `user:password`."""

    url: str
    key: str | None = field(default=None, repr=False)


def home(root: Path) -> Path:
    """Where Prefect keeps its files for a warehouse; absolute, as runs start in other folders."""
    return root.absolute() / HOME


def find(root: Path) -> Api | None:
    """The API of PREFECT_API_URL where the environment has it, else of the `marketwake serve` of
    this warehouse; none where neither is there, and where PREFECT_API_URL is empty.

    Raises:
        ApiError: the API that PREFECT_API_URL names does not answer within 3 s, wants another key,
            or is none.
    """
    url = os.environ.get("PREFECT_API_URL")
    if url is None:
        return _of_serve(home(root) / PROFILE)
    if not url:
        return None
    api = Api(url, os.environ.get("PREFECT_API_AUTH_STRING"))
    trouble = _trouble(api)
    if trouble:
        what, fix = trouble
        shown = re.sub("//[^/]*@", "//", url)
        raise ApiError(f"PREFECT_API_URL names {shown}, which {what}", fix)
    return api


def _of_serve(path: Path) -> Api | None:
    try:
        profile = tomllib.loads(path.read_text(encoding="utf-8"))["profiles"]["marketwake"]
        api = Api(profile["PREFECT_API_URL"], profile["PREFECT_API_AUTH_STRING"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError) as error:
        log.warning("%s cannot be read, so no Prefect server is used: %s", path, error)
        return None
    trouble = _trouble(api)
    if trouble:
        log.warning("%s is left from a server that is gone: %s %s", path, api.url, trouble[0])
        return None
    return api


def _trouble(api: Api) -> tuple[str, str] | None:
    """What keeps an API from being used and what to do about it, none where it answers."""
    import httpx

    outcome: list[httpx.Response | Exception] = []

    def ask() -> None:
        try:
            outcome.append(
                httpx.get(
                    f"{api.url.rstrip('/')}/admin/version",
                    headers=_credentials(api),
                    timeout=DEADLINE_SECONDS,
                    trust_env=urlsplit(api.url).hostname not in LOOPBACK,
                    verify=_verification(api.url),
                    follow_redirects=True,
                )
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
            outcome.append(error)

    # In a thread that nobody waits for: a name that is not resolved, or an answer that drips,
    # would hold every other way longer.
    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(DEADLINE_SECONDS)
    start = "Unset PREFECT_API_URL, or start that server."
    if not outcome:
        return f"does not answer within {DEADLINE_SECONDS:.0f} s", start
    (answer,) = outcome
    if isinstance(answer, Exception):
        return f"does not answer: {str(answer) or type(answer).__name__}", start
    if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return "wants another key", "Set PREFECT_API_AUTH_STRING, or PREFECT_API_KEY, to its key."
    if answer.is_server_error:
        return f"answers with HTTP {answer.status_code}", "See the log of that server."
    if answer.is_success and re.fullmatch(r'"\d+\.\d+[^"]*"', answer.text):
        return None
    # Prefect Cloud tells no version; whom it knows it answers otherwise.
    if (urlsplit(api.url).hostname or "").endswith(".prefect.cloud"):
        return None
    return "answers, but is no Prefect API", "It must look like http://127.0.0.1:4200/api."


def _credentials(api: Api) -> dict[str, str]:
    if api.key:
        return {"Authorization": f"Basic {base64.b64encode(api.key.encode()).decode()}"}
    token = os.environ.get("PREFECT_API_KEY")
    return {"Authorization": f"Bearer {token}"} if token else {}


def _verification(url: str) -> ssl.SSLContext | bool:
    """Whose certificates are trusted, by the variables that Prefect's client follows."""
    file = os.environ.get("PREFECT_API_SSL_CERT_FILE")
    if file and url.startswith("https:"):
        return ssl.create_default_context(cafile=file)
    return os.environ.get("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "").lower() not in {"1", "true"}


def environment(root: Path, api: Api | None) -> Mapping[str, str]:
    """The variables under which Prefect works for a warehouse with an API, and starts none by
    itself.

    No profile is read: neither the user's nor, beside the API of another server, the key of ours.
    The file of profiles that a folder's `.env` or `prefect.toml` may name is not either.
    """
    loopback = {
        name: ",".join(filter(None, [os.environ.get(name), *LOOPBACK]))
        for name in ("NO_PROXY", "no_proxy")
        if not set(LOOPBACK) <= set(os.environ.get(name, "").split(","))
    }
    return loopback | {
        "DO_NOT_TRACK": "1",
        "PREFECT_API_AUTH_STRING": (api and api.key) or "",
        "PREFECT_API_URL": api.url if api else "",
        "PREFECT_HOME": str(home(root)),
        "PREFECT_LOGGING_LEVEL": os.environ.get("PREFECT_LOGGING_LEVEL", "CRITICAL"),
        "PREFECT_PROFILES_PATH": os.devnull,
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }


def prepare(root: Path, api: Api | None) -> None:
    """Set the environment of this process, and so of the runs that it starts; to be called before
    Prefect is imported, which reads it once.
    """
    os.environ.update(environment(root, api))


def leave_profile(root: Path, api: Api) -> Path:
    """Write where the API is for other processes of this user: `find`, and the command `prefect`
    with PREFECT_HOME. Returns the file.
    """
    path = home(root) / PROFILE
    lines = (
        'active = "marketwake"',
        "[profiles.marketwake]",
        f'PREFECT_API_URL = "{api.url}"',
        f'PREFECT_API_AUTH_STRING = "{api.key}"',
    )
    write_atomically(path, "\n".join([*lines, ""]).encode(), mode=0o600)
    return path
