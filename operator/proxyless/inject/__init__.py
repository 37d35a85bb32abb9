"""Pure injection: pod in, decision and patch out. ``pod.inject`` is the way in; ``decide`` says why, without a patch."""

from proxyless.inject.decide import decide
from proxyless.inject.decision import Inject, Namespace, Skip, Wish
from proxyless.inject.pod import Injection, inject
from proxyless.inject.settings import Settings

__all__ = ["Inject", "Injection", "Namespace", "Settings", "Skip", "Wish", "decide", "inject"]
