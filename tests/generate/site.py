"""The hook of mkdocs: rule pages, CONTRIBUTING and CHANGELOG become pages of the site without copies in git.

Called by mkdocs alone (``hooks:`` in ``mkdocs.yml``). Reads files, writes none.
"""

import re
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[2]
RULES = ROOT / "operator" / "proxyless" / "lint" / "rules"
_TOP = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Pages at the top of the repository, and their places in the site."""
_MODES = re.compile(r"failure modes? [A-J]\d+(?:(?:, | and | to )[A-J]\d+)*")


def on_config(config: Any) -> Any:
    """Add the rules' pages to the navigation, by subject."""
    by_digit: dict[str, list[dict[str, str]]] = {}
    for path in sorted(RULES.glob("px*.md")):
        title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        by_digit.setdefault(path.name[2], []).append({title: f"rules/{path.name}"})
    pages: list[Any] = [{f"PX{digit}00": entries} for digit, entries in by_digit.items()]
    for entry in config.nav:
        if isinstance(entry, dict) and "Rules" in entry:
            entry["Rules"] += pages
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that lie outside of ``docs/``."""
    for path in sorted(RULES.glob("px*.md")):
        files.append(File.generated(config, f"rules/{path.name}", abs_src_path=str(path)))
    for name, target in _TOP.items():
        files.append(File.generated(config, target, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links that hold in the repository become links of the site; cited failure modes and decisions become links."""
    place = PurePosixPath(page.file.src_uri)
    up = "../" * (len(place.parts) - 1)
    markdown = re.sub(r"\]\((?:\.\./)*operator/proxyless/lint/rules/", f"]({up}rules/", markdown)
    if place.name in _TOP.values():
        return re.sub(r"\]\(docs/", "](", markdown).replace("](CONTRIBUTING.md", "](contributing.md")
    if place.parts[0] == "rules" and place.name != "index.md":
        return _linked(markdown, up)
    return markdown


def _linked(markdown: str, up: str) -> str:
    """A rule's page with links to the failure modes that it cites."""
    return _MODES.sub(
        lambda cited: re.sub(
            r"[A-J]\d+", lambda mode: f"[{mode[0]}]({up}failure-modes.md#{mode[0].lower()})", cited[0]
        ),
        markdown,
    )
