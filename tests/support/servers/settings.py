"""Settings that point marketwake at the loopback venues."""

import json
from datetime import date

from tests.support.servers.core import Running


def settings(running: Running, **chosen: object) -> str:
    """Text of a marketwake.toml: the simulated clock, what is chosen besides, and the addresses."""
    values = [
        f"{name} = {value.isoformat() if isinstance(value, date) else json.dumps(value)}"
        for name, value in chosen.items()
    ]
    addresses = [f'{name} = "{address}"' for name, address in sorted(running.addresses.items())]
    return "\n".join([f"now = {running.now.isoformat()}", *values, "[addresses]", *addresses, ""])
