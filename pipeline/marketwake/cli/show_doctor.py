"""What works from here, on the terminal: a line per source as soon as it is known, then what to do
about those that do not work.
"""

from collections.abc import Iterable
from typing import Any

from marketwake.cli.console import Terminal, say
from marketwake.runs.doctor import Finding

_ROOMY, _NARROW = 26, 18
"""Columns for an address, on a terminal of ninety or more and on others."""


def head(head: dict[str, Any]) -> None:
    """Versions and platform, and the names of what is not as it is by default."""
    libraries = ", ".join(f"{name} {version}" for name, version in head["libraries"].items())
    say(f"marketwake {head['marketwake']}, Python {head['python']}, {head['platform']}")
    say(f"{libraries}, at {head['at']}")
    say(f"settings beside the defaults: {_names(head['settings'])}")
    say(f"proxies: {_names(head['proxies'])}\n")
    _line("source", "address", "status", "seconds", "newest figure")


def line(finding: Finding) -> None:
    """One source."""
    address = finding.address.removeprefix("https://")
    status = finding.status + (f" {finding.http_status}" if finding.http_status else "")
    _line(finding.source, address, status, f"{finding.seconds:.1f}", finding.newest or "-")


def remedies(findings: Iterable[Finding]) -> None:
    """Reason and remedy of what does not work, and where each source says what may be done with its
    figures.
    """
    everything = list(findings)
    failed = [finding for finding in everything if not finding.works]
    for finding in failed:
        say(f"\n{finding.source}: {finding.reason}\n  {finding.remedy}")
    say("\nTheir terms:")
    for finding in everything:
        say(f"  {finding.source}: {finding.terms}")
    if all(finding.status == "unreachable" for finding in everything):
        say("\nNothing can be reached: is there a network, or a proxy that should be set?")
    if not failed:
        say(f"\nAll {len(everything)} sources work from here.")


def _line(source: str, address: str, status: str, seconds: str, newest: str) -> None:
    console = Terminal()
    if not console.is_laid_out:
        say("\t".join((source, address, status, seconds, newest)))
        return
    room = _ROOMY if console.width >= 90 else _NARROW
    if len(address) > room:
        half = (room - 3) // 2
        address = f"{address[:half]}...{address[half - room + 3 :]}"
    say(f"{source:<17} {address:<{room}} {status:<17} {seconds:>7}  {newest}")


def _names(names: list[str]) -> str:
    return ", ".join(names) or "none"
