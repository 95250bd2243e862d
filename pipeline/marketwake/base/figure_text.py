"""A figure as people read it, in English and Chinese."""

from typing import Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_UNIT: dict[Language, dict[str, str]] = {
    "en": {"usd": " USD", "ratio": "", "hour": " h", "coin": " coins", "count": ""},
    "zh": {
        "usd": "美元",
        "ratio": "",
        "hour": "小时",
        "coin": "枚",
        "count": "",
        "persons": "人",
        "points": "点",
    },
}
_SIZES: dict[Language, tuple[tuple[float, str], ...]] = {
    "en": ((1e12, " T"), (1e9, " B"), (1e6, " M")),
    "zh": ((1e12, "万亿"), (1e8, "亿"), (1e6, "万")),
}
_IN_TEN_THOUSANDS = "万"
"""Chinese counts millions so."""
_YES_NO: dict[Language, tuple[str, str]] = {"en": ("no", "yes"), "zh": ("否", "是")}


def format_value(
    value: float, unit: str, *, signed: bool = False, digits: int = 1, language: Language = "en"
) -> str:
    """A value as people read it: fractions in per cent with so many digits, money in the largest
    unit that keeps a digit, days as ISO dates; `signed` puts a plus before what is above nothing.
    """
    sign = "+" if signed else ""
    if unit == "fraction":
        return f"{value * 100:{sign}.{digits}f}{'%' if language == 'zh' else ' %'}"
    if unit == "yyyymmdd":
        day = f"{value:.0f}"
        return f"{day[:4]}-{day[4:6]}-{day[6:]}"
    if unit == "year":
        return f"{value:.0f}"
    if unit == "yes_no":
        return _YES_NO[language][value > 0]
    if unit == "ratio" and abs(value) < 1000:
        return f"{value:{sign}.2f}"
    name = _UNIT[language].get(unit, f" {unit.replace('_', ' ')}")
    number, size = next(
        ((value / least, word) for least, word in _SIZES[language] if abs(value) >= least),
        (value, ""),
    )
    if size:
        number = value / 1e4 if size == _IN_TEN_THOUSANDS else number
        text = f"{number:{sign}.4g}{' ' if language == 'zh' else ''}{size}"
        return f"{text}{name}"
    text = f"{value:{sign}{',.0f' if abs(value) >= 1000 else '.3g'}}"
    return f"{text} {name}" if language == "zh" and name.strip() == name != "" else f"{text}{name}"


def format_range(
    low: float,
    high: float,
    unit: str,
    *,
    signed: bool = False,
    digits: int = 1,
    language: Language = "en",
) -> str:
    """From low to high, the unit once; one value where both read alike."""
    texts = [
        format_value(value, unit, signed=signed, digits=digits, language=language)
        for value in (low, high)
    ]
    if texts[0] == texts[1]:
        return texts[1]
    _, space, unit_text = texts[1].partition(" ")
    suffix = space + unit_text or ("%" if texts[1].endswith("%") else "")
    return f"{texts[0].removesuffix(suffix)} {'至' if language == 'zh' else 'to'} {texts[1]}"


def format_stated(value: object, unit: str | None, language: Language = "en") -> str:
    """What a claim states, a number or words, as people read it; "-" for nothing."""
    if value is None:
        return "-"
    if not isinstance(value, int | float):
        return str(value)
    return format_value(value, unit or "", signed=value < 0, language=language)
