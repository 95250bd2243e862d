"""What MkDocs makes the site of: pages under the paths that they have in the repository, so that
one link leads to the same page on the site and where the repository is read.
"""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

BESIDE = {
    "README.md": None,
    "CHANGELOG.md": None,
    "CONTRIBUTING.md": None,
    "NOTICE": "NOTICE.txt",
    "prefect.yaml": None,
    "sql/README.md": None,
    "sql/migrations/README.md": None,
    "sql/seeds/threshold.csv": None,
    "warehouse/README.md": None,
    "warehouse/sample/README.md": None,
}
"""Files outside docs/ that pages link to, and their names on the site where they are others."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Moves the files of docs/ below docs/, and puts those of BESIDE next to it."""
    root = Path(config.config_file_path).parent

    def page(path: str, name: str | None = None) -> File:
        return File(path, str(root), config.site_dir, use_directory_urls=False, dest_uri=name)

    of_theme = [file for file in files if file.src_dir != config.docs_dir]
    in_docs = [page(f"docs/{file.src_uri}") for file in files if file.src_dir == config.docs_dir]
    return Files([*of_theme, *in_docs, *(page(path, name) for path, name in BESIDE.items())])


def on_post_template(output: str, template_name: str, config: MkDocsConfig) -> str:  # noqa: ARG001
    """A page that is not there is a server's matter, and this site has none."""
    return "" if template_name == "404.html" else output
