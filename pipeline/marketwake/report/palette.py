"""The only colours of charts and pages, each for a light and a dark ground; told apart with any
common colour deficiency.
"""

PALETTE: dict[str, tuple[str, str]] = {
    "BTC": ("#c05a00", "#f5a65b"),
    "ETH": ("#0b66ad", "#70b8f2"),
    "third": ("#8a4a86", "#d29bce"),
    "candidate": ("#007358", "#56c9a9"),
    "context": ("#6a717b", "#98a1ab"),
    "ink": ("#212a33", "#e3e7eb"),
    "muted": ("#545d68", "#aab4be"),
    "grid": ("#e2e6ea", "#3a434d"),
    "paper": ("#ffffff", "#1c2228"),
}
"""`paper` is the ground itself, for what is drawn hollow."""


def light(name: str) -> str:
    """Colour of an entry on white; the page exchanges it on a dark ground."""
    return PALETTE[name][0]
