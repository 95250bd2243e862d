"""A figure as people read it, in English and Chinese."""

from datetime import UTC, datetime
from typing import Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_UNIT: dict[Language, dict[str, str]] = {
    "en": {
        "usd": " USD",
        "ratio": "",
        "hour": " h",
        "coin": " coins",
        "count": "",
        "points": " points",
    },
    "zh": {
        "usd": "美元",
        "ratio": "",
        "hour": "小时",
        "coin": "枚",
        "count": "",
        "persons": "人",
        "points": "个百分点",
        "index_points": "点",
    },
}
_SIZES: dict[Language, tuple[tuple[float, str], ...]] = {
    "en": ((1e12, " T"), (1e9, " B"), (1e6, " M")),
    "zh": ((1e12, "万亿"), (1e8, "亿"), (1e6, "万")),
}
_IN_TEN_THOUSANDS = "万"
"""Chinese counts millions so, and people from the first ten thousand on."""
_TEN_THOUSAND = 1e4
_WORDS: dict[str, dict[Language, tuple[str, str]]] = {
    "yes_no": {"en": ("no", "yes"), "zh": ("否", "是")},
    "private_trusts_only": {
        "en": ("public funds too", "private trusts only"),
        "zh": ("也含公共基金", "仅限私人信托"),
    },
}
"""For nothing, and for more."""
_DIGITS = {"fraction": 1, "yield": 2, "points": 1}
"""Of a per cent. Yields of bonds are quoted in hundredths."""


def format_value(
    value: float,
    unit: str,
    *,
    signed: bool = False,
    digits: int | None = None,
    language: Language = "en",
) -> str:
    """A value as people read it: fractions and yields in per cent with so many digits (one, of
    yields two), money in the largest unit that keeps a digit, days as ISO dates; `signed` puts a
    plus before what is above nothing.
    """
    sign = "+" if signed else ""
    if unit in _DIGITS:
        per_cent = f"{value * 100:{sign}.{_DIGITS[unit] if digits is None else digits}f}"
        if unit == "points":
            return f"{per_cent}{' ' * (language == 'zh')}{_UNIT[language][unit]}"
        return f"{per_cent}{'%' if language == 'zh' else ' %'}"
    if unit == "yyyymmdd":
        day = f"{value:.0f}"
        return f"{day[:4]}-{day[4:6]}-{day[6:]}"
    if unit == "year":
        return f"{value:.0f}"
    if unit in _WORDS:
        return _WORDS[unit][language][value > 0]
    if unit == "ratio" and abs(value) < 1000:
        return f"{value:{sign}.2f}"
    name = _UNIT[language].get(unit, f" {unit.replace('_', ' ')}")
    for least, size in _SIZES[language]:
        in_ten_thousands = size == _IN_TEN_THOUSANDS
        if abs(value) >= (_TEN_THOUSAND if in_ten_thousands and unit == "persons" else least):
            sized = value / (_TEN_THOUSAND if in_ten_thousands else least)
            return f"{sized:{sign}.4g}{' ' * (language == 'zh')}{size}{name}"
    text = f"{value:{sign}{',.0f' if abs(value) >= 1000 else '.3g'}}"
    return f"{text} {name}" if language == "zh" and name.strip() == name != "" else f"{text}{name}"


def format_range(
    low: float,
    high: float,
    unit: str,
    *,
    signed: bool = False,
    digits: int | None = None,
    language: Language = "en",
) -> str:
    """From low to high, the unit once; one value where both read alike."""
    texts = [
        format_value(value, unit, signed=signed, digits=digits, language=language)
        for value in (low, high)
    ]
    if texts[0] == texts[1]:
        return texts[1]
    if language == "zh" and unit == "year":
        return "至".join(texts)
    if language == "zh":  # a per cent, a hundred million, stands at both ends (GB/T 15835)
        first = texts[0].removesuffix(_UNIT["zh"].get(unit, "")).rstrip()
        return f"{first}{' ' * (first[-1] in '0123456789%')}至 {texts[1]}"
    _, space, unit_text = texts[1].partition(" ")
    return f"{texts[0].removesuffix(space + unit_text)} to {texts[1]}"


def format_p(p: float) -> str:
    """A p-value, or another figure near one, to two significant digits; what is next to nothing as
    such.
    """
    return "<0.0001" if 0 < p < 0.0001 else f"{p:.2g}"


def format_day(day: float, language: Language = "en") -> str:
    """A day written as a number, yyyymmdd, in prose: 11 August 2025, 2025年8月11日."""
    at = datetime.strptime(f"{day:.0f}", "%Y%m%d").replace(tzinfo=UTC)
    if language == "zh":
        return f"{at.year}年{at.month}月{at.day}日"
    return f"{at.day} {at:%B %Y}"


def format_stated(value: object, unit: str | None, language: Language = "en") -> str:
    """What a claim states, a number or words, as people read it; "-" for nothing."""
    if value is None:
        return "-"
    if not isinstance(value, int | float):
        return str(value)
    return format_value(value, unit or "", signed=value < 0, language=language)
