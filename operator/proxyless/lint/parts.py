"""Splits what is judged into parts that several processes take, and joins their reports into the one of all. Pure.

Called by ``cli.judging``.
"""

from collections.abc import Sequence

from proxyless.lint.engine import order
from proxyless.model.finding import Report
from proxyless.model.resource import Resource

_BLOCK = 16
"""Objects that stay together. Files often hold objects kind by kind, and kinds cost differently: large blocks would give one part
more work than another, single objects would keep each from answers that neighbours share.
"""


def parts_of(subjects: Sequence[Resource], count: int) -> list[list[Resource]]:
    """The objects in ``count`` parts of equal size, each in their order."""
    made: list[list[Resource]] = [[] for _ in range(count)]
    for number, start in enumerate(range(0, len(subjects), _BLOCK)):
        made[number % count].extend(subjects[start : start + _BLOCK])
    return made


def joined(reports: Sequence[Report], subjects: Sequence[Resource]) -> Report:
    """The report that one run over all objects gives."""
    notices = [notice for report in reports for notice in report.notices]
    if notices:
        places = {subject.ref: place for place, subject in enumerate(subjects)}
        notices.sort(key=lambda notice: places[notice.ref] if notice.ref else -1)
    return Report(
        tuple(sorted((finding for report in reports for finding in report.findings), key=order)),
        tuple(notices),
        tuple(sorted((finding for report in reports for finding in report.suppressed), key=order)),
        sum(report.checked for report in reports),
    )
