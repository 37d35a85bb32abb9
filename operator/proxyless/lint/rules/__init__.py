"""All rules, explicit and in order of code. Codes are for ever: a retired one stays in ``RETIRED`` with the reason."""

from proxyless.lint.rule import Rule
from proxyless.lint.rules import (
    px501_redirect,
    px502_mirror,
    px503_rewrite,
    px504_headers,
    px505_cors_policy,
    px506_query_params,
    px507_per_try_timeout,
    px508_short_timeout,
    px509_all_weights_zero,
    px510_fault_without_percentage,
)

ALL: tuple[Rule, ...] = (
    px501_redirect.RULE,
    px502_mirror.RULE,
    px503_rewrite.RULE,
    px504_headers.RULE,
    px505_cors_policy.RULE,
    px506_query_params.RULE,
    px507_per_try_timeout.RULE,
    px508_short_timeout.RULE,
    px509_all_weights_zero.RULE,
    px510_fault_without_percentage.RULE,
)

RETIRED: dict[str, str] = {}
