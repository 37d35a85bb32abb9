"""``make rule NAME=px527_retry_budget``: module, page and two cases of a new rule, and all lists that name rules.

What it writes passes ``make check``; its tests fail where the author must write, which is marked ``WRITE``. ``px5_...`` in
place of ``px527_...`` takes the next free code of the hundred. Overwrites nothing.
"""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from generate.rule_templates import MODULE, OBJECTS, PAGE
from proxyless.errors import ProxylessError
from proxyless.lint.rules import CODES, RETIRED

ROOT = Path(__file__).parents[2]
_TABLE = 50
"""Codes of a hundred from here on belong to rules that only read the feature table."""
_NAME = re.compile(r"(?i)px([1-9])(\d\d)?[_-]([a-z][a-z0-9]*(?:[_-][a-z0-9]+)*)")


class UnusableNameError(ProxylessError):
    """The name of a new rule cannot be used; the message says why."""


def stem_of(name: str) -> str:
    """The rule's stem, ``px527_retry_budget``.

    Raises:
        UnusableNameError: the name has another form, its code is taken or was retired, or the hundred is full.
    """
    found = _NAME.fullmatch(name)
    if not found:
        raise UnusableNameError(
            f"NAME={name!r}: expected px, a code and what is wrong, such as px527_retry_budget, "
            "or px5_retry_budget for the next free code of the five hundreds"
        )
    digit, rest, slug = found.groups()
    code = f"PX{digit}{rest}" if rest else _free(digit)
    if code in CODES:
        raise UnusableNameError(f"{code} is taken: proxyless rules {code} tells by what")
    if code in RETIRED:
        raise UnusableNameError(f"{code} was retired ({RETIRED[code]}) and codes are never used again")
    return f"{code.lower()}_{slug.lower().replace('-', '_')}"


def _free(digit: str) -> str:
    """The code after the last of a hundred, codes from x50 on left to rules that only read the feature table."""
    taken = [int(code[2:]) for code in (*CODES, *RETIRED) if code[2] == digit and int(code[3:]) < _TABLE]
    number = max(taken, default=int(digit) * 100) + 1
    if number % 100 >= _TABLE:
        raise UnusableNameError(f"no code is free below PX{digit}{_TABLE}: give one, such as px{digit}60_...")
    return f"PX{number}"


def files(stem: str) -> dict[Path, str]:
    """Path and text of all that is new."""
    code, slug = stem[:5].upper(), stem[6:].replace("_", "-")
    kind, body = OBJECTS[code[2]]
    flagged = body.replace("spec:", f"spec:  # expect: {code}", 1)
    words = {"code": code, "slug": slug, "kind": kind, "body_flagged": flagged, "body": body}
    rules = ROOT / "operator" / "proxyless" / "lint" / "rules"
    cases = ROOT / "tests" / "lint" / "rules" / stem
    return {
        rules / f"{stem}.py": _filled(MODULE, words),
        rules / f"{stem}.md": _filled(PAGE, words),
        cases / "flags_what_is_wrong.yaml": f"{flagged}\n",
        cases / "allows_what_is_right.yaml": f"{body}\n",
    }


def _filled(template: str, words: dict[str, str]) -> str:
    for name, text in words.items():
        template = template.replace(f"@{name}@", text)
    return template


def main(argv: Sequence[str]) -> int:
    """Writes the files and brings the lists up to date. 2: the name cannot be used."""
    try:
        new = files(stem_of(argv[0] if argv else ""))
    except UnusableNameError as error:
        print(error, file=sys.stderr)
        return 2
    for path, text in new.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        print(f"{path.relative_to(ROOT)} written")
    stem = next(iter(new)).stem
    done = subprocess.run([sys.executable, "-m", "generate"], check=False)
    print(
        f"Now write what is marked WRITE. Tests: make quick K={stem[:5]}. Once done: make generate, make check, "
        "and a line in CHANGELOG.md."
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
