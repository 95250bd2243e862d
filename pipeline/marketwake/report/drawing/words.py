"""What charts say: moves, sums of money, names."""

import math
import re
from collections.abc import Mapping, Sequence

from marketwake.base.figure_text import Language, format_value
from marketwake.base.languages import said, translated

STILL = 0.0005
"""Moves below it round to nothing."""
ASSETS = {"BTC": "bitcoin", "ETH": "ether"}
INDICES = {
    "SHILLER": "US shares (Shiller's monthly index)",
    "^GSPC": "the S&P 500",
    "^DJI": "the Dow Jones index",
}
FUTURES = {"MBT": "bitcoin futures", "MET": "ether futures"}
PANELS = {"COINGECKO50": "50 large coins of CoinGecko's"}
NAMES = ASSETS | INDICES | FUTURES | PANELS
"""Instruments as people call them."""
NOTHING = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"
_JOINTS: dict[Language, dict[str, str]] = {
    "en": {"item": ", ", "last item": " and ", "clause": ", ", "part": "; ", "sentence": " "},
    "zh": {
        "item": "、",
        "last item": "、",
        "clause": "\N{FULLWIDTH COMMA}",
        "part": "\N{FULLWIDTH SEMICOLON}",
        "sentence": "",
    },
}
"""What stands between parts of a text."""
_MONEY: dict[Language, tuple[float, str, int]] = {"en": (1e6, "M USD", 0), "zh": (1e8, "亿美元", 2)}


def named(instrument: str, language: Language) -> str:
    """An instrument as people call it."""
    return translated(NAMES.get(instrument, instrument), language)


def sentence(text: str, language: Language) -> str:
    """The text with a capital and no full stop: a title."""
    return text[:1].upper() + text[1:] if language == "en" else text


def move(
    changes: Mapping[str, float], span: str, language: Language, large: float = math.inf
) -> str:
    """Who rose or fell by how much, the largest first: "Ether rose 6.9 % and bitcoin 1.1 % in the
    two days from 7 Aug".

    Args:
        changes: fraction by instrument. span: when, in the language. large: the fraction from
            which on a stronger word is used.
    """
    ordered = sorted(changes.items(), key=lambda item: -abs(item[1]))
    told = []
    for place, (instrument, change) in enumerate(ordered):
        goes_along = place > 0 and change * ordered[0][1] > 0 and abs(change) >= STILL
        form = "{name} {by}" if goes_along else "{name} {verb} {by}"
        if abs(change) < STILL:
            form = "{name} {verb}"
        told.append(
            said(
                form,
                language,
                name=named(instrument, language),
                verb=translated(_verb(change, large), language),
                by=format_value(abs(change), "fraction", language=language),
            )
        )
    text = said(
        "{moves} {span}",
        language,
        moves=listed(told, "en") if language == "en" else clauses(told, language),
        span=span,
    )
    return sentence(text, language)


def _verb(change: float, large: float) -> str:
    if abs(change) < STILL:
        return "did not move"
    if change > 0:
        return "jumped" if change >= large else "rose"
    return "dropped" if change <= -large else "fell"


def money_unit(language: Language) -> tuple[float, str]:
    """By how much sums are divided on charts, and what they are in then."""
    size, unit, _ = _MONEY[language]
    return size, unit


def money(value: float, language: Language) -> str:
    """A sum in the unit of `money_unit`, with a true minus."""
    size, _, digits = _MONEY[language]
    digits += abs(value / size) < 10 and not digits
    return re.sub("^-(?=[0.]*$)", "", f"{value / size:,.{digits}f}").replace("-", _MINUS)


def per_cent(value: float, digits: int = 1) -> str:
    """A fraction in per cent with its sign, for labels whose axis names the unit."""
    text = f"{100 * value:+.{digits}f}"
    return (f"{0:.{digits}f}" if math.isclose(float(text), 0) else text).replace("-", _MINUS)


def asset_name(asset: str, language: Language) -> str:
    """A coin as it begins a heading: Ether."""
    return sentence(named(asset, language), language)


def listed(items: Sequence[str], language: Language) -> str:
    """Items in a row: 1, 4 and 48."""
    apart, last = _JOINTS[language]["item"], _JOINTS[language]["last item"]
    return last.join([apart.join(items[:-1]), *items[-1:]] if len(items) > 1 else items)


def clauses(parts: Sequence[str], language: Language) -> str:
    """Parts of a sentence one after the other."""
    return _JOINTS[language]["clause"].join(parts)


def chained(parts: Sequence[str], language: Language) -> str:
    """Parts of a sentence one after the other, where they have commas of their own."""
    return _JOINTS[language]["part"].join(parts)


def sentences(parts: Sequence[str], language: Language) -> str:
    """Whole sentences one after the other."""
    return _JOINTS[language]["sentence"].join(parts)
