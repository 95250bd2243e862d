"""How pages are made of their templates, in every language."""

import re
from functools import cache, partial

import jinja2
from markupsafe import Markup

from marketwake.base.figure_text import LANGUAGES, Language
from marketwake.base.languages import translated
from marketwake.base.text import printable
from marketwake.report import text
from marketwake.report.claims import WORDS
from marketwake.report.drawing.clock import after_clock, clock_name
from marketwake.report.drawing.words import NAMES, sentences
from marketwake.report.files import INDEX, SUFFIXES
from marketwake.report.palette import PALETTE

DATASETS = {
    "spot_bar": "hourly prices",
    "etf_flow": "fund flows",
    "coin_snapshot": "prices of coins",
    "fed_probability": "odds of interest rates",
    "index_bar": "share indices by day",
    "index_bar_monthly": "share indices by month",
    "futures_last_trade": "futures: last trades",
    "futures_settlement": "futures: settlements",
    "futures_price": "futures prices",
}
"""Datasets as people call them; the others by their names."""
TAGS: dict[Language, str] = {"en": "en", "zh": "zh-Hans"}
_OWN_NAMES: dict[Language, str] = {"en": "English", "zh": "中文"}


def rendered(template: str, language: Language, **context: object) -> str:
    """The page that a template of the folder `templates` makes of these values."""
    return environment(language).get_template(template).render(context)


@cache
def environment(language: Language) -> jinja2.Environment:
    """What the pages of a language are made with; templates are compiled once in a process."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("marketwake.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    said = partial(translated, language=language)
    environment.globals.update(
        _=said,
        language=language,
        lang=TAGS[language],
        languages=[(code, _OWN_NAMES[code]) for code in LANGUAGES],
        suffixes=SUFFIXES,
        index=INDEX,
        tags=TAGS,
        names=NAMES,
        palette=PALETTE,
        between=sentences(("", ""), language),
    )
    environment.filters.update(
        instant=partial(text.instant_text, language=language),
        known=partial(text.known_text, language=language),
        day=partial(text.day_text, language=language),
        span=partial(text.span_text, language=language),
        joined=text.joined,
        signs=partial(_signs, language=language),
        foreign=partial(_foreign, language=language),
        css=_css,
        translate=said,
        quantity=partial(_quantity, language=language),
        dataset=partial(_dataset, language=language),
        clock=partial(clock_name, language=language),
        after=partial(after_clock, language=language),
    )
    return environment


def _printable(value: object) -> object:
    """A text of somebody's file without what would steer or reorder what is near."""
    return printable(value) if type(value) is str else value


def _css(verdict: str) -> str:
    return WORDS[verdict].replace(" ", "-")


def _foreign(passage: str, language: Language) -> Markup:
    """A text with what is not in the language of the page marked as English."""
    parts = re.split(r"([\u2e80-\uffff]+)", printable(passage))
    marked = Markup('<span lang="en">{}</span>')
    return Markup().join(
        marked.format(part) if language != "en" and len(part.split()) > 2 else part
        for part in parts
    )


def _dataset(name: str, language: Language) -> str:
    return translated(DATASETS.get(name, name.replace("_", " ")), language)


def _signs(figure: str, language: Language) -> str:
    """A figure of the study in the language: +222 M, -3.6 to +2.4 %."""
    return text.signs(translated(figure, language))


def _quantity(label: str, language: Language) -> str:
    """What a line of the study is of: an instrument by its name, and what is measured of it."""
    first, _, rest = label.partition(" ")
    if first not in NAMES:
        return translated(label, language)
    words = re.sub(r"\b[A-Z]{3}\b", lambda found: NAMES.get(found[0], found[0]), rest)
    name = translated(NAMES[first], language)
    return translated("{name}: {what}", language).format(
        name=name, what=translated(words, language)
    )
