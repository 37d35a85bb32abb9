"""The table of all rules in ``docs/rules/index.md``, by subject."""

from generate.block import replaced
from proxyless.lint.rules import ALL

SUBJECTS = {
    "1": "Injection and workloads",
    "2": "Names, services, ports and scope",
    "3": "mTLS pairs",
    "4": "DestinationRules",
    "5": "Routes: VirtualService and Gateway API",
    "6": "Authorization",
    "7": "Gateways and mixed meshes",
    "8": "Versions and bootstrap",
    "9": "Dubbo and Kitex",
}
"""By the first digit of a code."""
PAGES = "../../operator/proxyless/lint/rules"
"""Where the pages are, as a link in ``docs/rules/``: readers of the repository follow it, ``site`` rewrites it."""


def page(before: str) -> str:
    """The page with its table up to date."""
    return replaced(before, "rules", _table())


def _table() -> str:
    lines: list[str] = []
    for digit, subject in SUBJECTS.items():
        lines += ["", f"## {subject}", "| code | name | severity | what |", "|---|---|---|---|"]
        lines += [
            f"| [{rule.code}]({PAGES}/{rule.code.lower()}_{rule.slug.replace('-', '_')}.md) | {rule.slug} | "
            f"{rule.severity.word}{', may deny' if rule.deny else ''} | {rule.summary} |"
            for rule in ALL
            if rule.code[2] == digit
        ]
    return "\n".join(lines) + "\n"
