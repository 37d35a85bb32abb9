"""``proxyless explain CODE`` prints a rule's page, ``proxyless explain KIND.FIELD`` what becomes of a field.

Both are part of the package; works offline.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from proxyless import lint
from proxyless.cli import exits
from proxyless.errors import InputError

PAGES = Path(lint.__file__).with_name("rules")
"""One page per rule, ``pxNNN_slug.md``."""


def arguments(parser: ArgumentParser) -> None:
    """Codes, names or fields."""
    parser.add_argument(
        "code",
        nargs="+",
        metavar="CODE|KIND.FIELD",
        help="PX301, px301, a rule's name such as permissive, or a field such as VirtualService.spec.http.mirror",
    )


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Print the pages and fields; 2 where one does not exist."""
    given = parser.parse_args(argv)
    stems = {path.stem.partition("_")[0].upper(): path.stem for path in sorted(PAGES.glob("px*_*.md"))}
    names = {stem.partition("_")[2].replace("_", "-"): code for code, stem in stems.items()}
    result, shown = exits.CLEAN, 0
    for word in given.code:
        code = names.get(word.lower().replace("_", "-"), word.upper().partition("_")[0])
        try:
            page = _field(word) if code not in stems and "." in word else _page(code, word, stems, names)
        except InputError as error:
            print(f"proxyless: error: {error}", file=sys.stderr)
            result = exits.USAGE
        else:
            print(("\n" if shown else "") + page.rstrip("\n"))
            shown += 1
    return result


def _field(word: str) -> str:
    from proxyless.cli.field import explain_field  # noqa: PLC0415  loads the feature table, which pages do not need

    return explain_field(word)


def _page(code: str, word: str, stems: dict[str, str], names: dict[str, str]) -> str:
    if code not in stems:
        raise InputError(_unknown(word, stems, names))
    return (PAGES / f"{stems[code]}.md").read_text(encoding="utf-8")


def _unknown(word: str, stems: dict[str, str], names: dict[str, str]) -> str:
    from proxyless.lint.rules import RETIRED  # noqa: PLC0415  imports the engine, which a hit does not need

    if word.upper() in RETIRED:
        return f"{word.upper()} is retired: {RETIRED[word.upper()]}"
    misread = word.upper().replace("O", "0").replace("I", "1").replace("L", "1")
    near = [misread] if misread in stems else get_close_matches(word.upper(), stems, n=3, cutoff=0.7)
    near += [names[item] for item in get_close_matches(word.lower(), names, n=3)]
    meant = f"did you mean {', '.join(dict.fromkeys(near))}? " if near else ""
    return f"no rule {word!r}; {meant}proxyless rules lists all"
