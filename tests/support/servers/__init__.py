"""Loopback venues: servers on 127.0.0.1 that speak the venues' wire formats, serve recorded
figures, and misbehave to order.

    with serve("kraken", "farside") as running:
        fault = Misbehaviour("status", times=2, match="OHLC", status=429, retry_after=1)
        running.misbehave("kraken", fault)
        ...  # point a client at running.addresses["kraken"]

Every module of this package that registers a venue is found by itself.
"""

import importlib
import pkgutil

from tests.support.servers.core import (
    BENDS,
    DEFAULT_NOW,
    FAULTS,
    VENUES,
    Ask,
    Limit,
    Misbehaviour,
    Response,
    Running,
    Seen,
    Venue,
    register,
)
from tests.support.servers.settings import settings
from tests.support.servers.transport import serve

__all__ = [
    "BENDS",
    "DEFAULT_NOW",
    "FAULTS",
    "VENUES",
    "Ask",
    "Limit",
    "Misbehaviour",
    "Response",
    "Running",
    "Seen",
    "Venue",
    "register",
    "serve",
    "settings",
]

for _module in pkgutil.iter_modules(__path__, f"{__name__}."):
    if not _module.name.endswith("__main__"):
        importlib.import_module(_module.name)
