"""The settings file to begin with."""

import re
from pathlib import Path

from marketwake.base.settings import FORMS, Settings, read_settings
from marketwake.base.settings_text import settings_text


def test_every_setting_stands_there_with_its_default(tmp_path: Path) -> None:
    text = settings_text()
    file = tmp_path / "marketwake.toml"
    file.write_text(text, encoding="utf-8")
    # As it is, it sets nothing.
    assert not re.findall(r"^[^#\n]", text, re.MULTILINE)
    assert read_settings(tmp_path, file) == read_settings(tmp_path)
    # Without the marks it sets everything to what it is without it.
    file.write_text(re.sub(r"(?m)^#(?=\w+ = )", "", text), encoding="utf-8")
    assert read_settings(tmp_path, file) == read_settings(tmp_path)
    marked = set(re.findall(r"^#(\w+) = ", text, re.MULTILINE))
    default = Settings()
    assert marked == {name for name in FORMS if getattr(default, name) is not None}
    assert "spot_venues" in marked


def test_each_has_its_meaning_and_what_it_may_be() -> None:
    paragraphs = settings_text().split("\n\n")[1:]
    assert len(paragraphs) == len(FORMS)
    for paragraph, form in zip(paragraphs, FORMS.values(), strict=True):
        meaning, _, wanted = paragraph.partition("# It must be ")
        assert len(meaning) > len("# short."), paragraph
        assert wanted.replace("\n# ", " ").startswith(form.wanted)
    # What may be secret has its name in the environment, and no line to be filled in.
    assert "COINGECKO_API_KEY" in settings_text()
    assert not re.search(r"^#?(coingecko_api_key|alert_webhook)", settings_text(), re.MULTILINE)


def test_no_line_is_longer_than_a_page() -> None:
    assert max(map(len, settings_text().splitlines())) <= 100
