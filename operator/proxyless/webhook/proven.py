"""What the request alone proves, and an admission policy of ours therefore says too. Pure; called by ``webhook.admit``."""

from collections.abc import Iterable

from proxyless.lint.engine import run
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rules import ALL
from proxyless.lint.select import ignored_codes
from proxyless.lint.world import World
from proxyless.model.finding import Finding
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource
from proxyless.model.snapshot import Snapshot

Said = frozenset[tuple[str, FieldPath]]
"""Code and path of findings."""


def proven(subject: Resource, findings: Iterable[Finding], codes: frozenset[str]) -> Said:
    """Those findings that the policies of some rules give: what the request proves with nothing known beside it.

    An excuse by annotation silences the policy, which has no clock: a finding that is there all the same is an ended one's.
    """
    wanted = {finding.code for finding in findings if finding.deny} & codes - ignored_codes(subject).keys()
    if not wanted:
        return frozenset()
    world = World(Snapshot().overlay(subject), MeshSettings(declared=frozenset({subject.namespace})))
    report = run([rule for rule in ALL if rule.code in wanted], world, [subject])
    return frozenset((finding.code, finding.path) for finding in report.findings if finding.deny)
