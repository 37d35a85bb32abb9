"""All rules, explicit and in order of code. Codes are for ever: a retired one stays in ``RETIRED`` with the reason."""

from proxyless.lint.rule import Rule
from proxyless.lint.rules import px502_mirror

ALL: tuple[Rule, ...] = (px502_mirror.RULE,)

RETIRED: dict[str, str] = {}
