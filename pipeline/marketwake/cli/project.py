"""A folder of one's own: settings, places for events and claims, and a page on how to begin."""

from pathlib import Path

from marketwake.base.atomic import make_folder, write_atomically
from marketwake.base.errors import BadInputError
from marketwake.base.settings import FILE
from marketwake.base.settings_text import settings_text
from marketwake.fact_check import own_claims
from marketwake.warehouse import own_events

WAREHOUSE = "warehouse"
_README = """# What the market did, and what was written about it

A folder of marketwake's. Start its commands in here: they find the settings in `marketwake.toml`
and the warehouse in `warehouse/`.

```sh
marketwake demo             # try it on the figures that come with it, without a network
marketwake nightly          # once a day: fetch the newest figures, judge, publish
marketwake status           # how fresh everything is, what is missing, and why
marketwake study eo-401k    # what moved after an event, and how unusual that was
marketwake query            # the questions that have a saved answer
```

The pages are in `warehouse/reports/`: open one in a browser.

## An event of your own, and a claim about it

```sh
marketwake events add my-event --at 2025-07-30T18:00Z --title "The Fed leaves its rate" \\
    --source "Federal Reserve, statement of 30 July 2025"
marketwake claims new btc-fell --event my-event --says fell \\
    --statement "Bitcoin fell over the 24 hours after" --article "Example Times, 31 July 2025"
marketwake claims check btc-fell
marketwake rebuild
```

The first writes `warehouse/events/my-event.toml` and studies it, the second
`warehouse/claims/btc-fell.sql`: both are meant to be edited. The last puts all on
`warehouse/reports/my-event.html`.

## Files for others

Bitcoin by the hour around an event, with the flows that were public, for Excel; and all that the
answers about an event rest on:

```sh
marketwake query hours_with_flows --set event=eo-401k --to hours.xlsx
marketwake export event eo-401k --to order
```

## What to keep

`marketwake backup` saves everything in one archive. For git, `.gitignore` leaves out what
marketwake makes by itself, and keeps the settings, your events and your claims.
"""
_GITIGNORE = f"""\
/{WAREHOUSE}/*
!/{WAREHOUSE}/{own_events.FOLDER}/
!/{WAREHOUSE}/{own_claims.FOLDER}/
!/{WAREHOUSE}/accepted_offender.csv
"""


def make_project(folder: Path) -> list[Path]:
    """Make a project in a folder that is new, empty, or lacks files of one; nothing is
    overwritten.

    Returns:
        The files and folders that are new.

    Raises:
        BadInputError: it holds something else (files whose names begin with a dot may be there),
            or cannot be written.
    """
    texts = {FILE: settings_text(), "README.md": _README, ".gitignore": _GITIGNORE}
    folders = [folder / WAREHOUSE / name for name in (own_events.FOLDER, own_claims.FOLDER)]
    try:
        found = sorted(folder.iterdir()) if folder.exists() else []
        for path in found:
            if path.name not in {*texts, WAREHOUSE} and not path.name.startswith("."):
                raise BadInputError(
                    f"{folder} is not empty: it has {path.name}", "Name a new folder."
                )
        made = [path for path in folders if not path.is_dir()]
        for path in made:
            make_folder(path)
        for name, text in texts.items():
            if not (folder / name).exists():
                write_atomically(folder / name, text.encode())
                made.append(folder / name)
    except OSError as error:
        raise BadInputError(
            f"{folder} cannot be used: {error.strerror}", "Name another folder."
        ) from error
    return made
