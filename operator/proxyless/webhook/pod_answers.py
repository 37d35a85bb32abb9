"""Answers to creations of pods; those of one template get the one that was made for the first of them.

``webhook.handlers`` asks :meth:`PodAnswers.make` for a new one, in Kopf's handler; ``webhook.server`` asks
:meth:`PodAnswers.known` before it calls Kopf: what was made by the handler for such a pod needs no second dispatch. What an
answer rests on is kept with it, and an answer that rests on something else by now is not given.
"""

import base64
from collections import OrderedDict
from dataclasses import replace

import orjson

from proxyless.inject.likeness import likeness
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod.decision import Skip
from proxyless.mesh.pod.surroundings import Wish
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, mapping
from proxyless.webhook.admit_pod import Admitted, admit_pod
from proxyless.webhook.context import Context, Contexts
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.pod_events import EventWriter
from proxyless.webhook.review import AdmissionResponse, Review

MOST = 8 * 1024 * 1024
"""Bytes of pods and patches that are kept: about a thousand templates. The one used longest ago goes first."""

_Key = tuple[str, str, bytes]
"""How the API server selected the pod, its namespace, and what counts of the pod itself."""


class _Ground(NamedTuple):
    """What an answer rests on beside the pod."""

    namespace: Resource | None
    settings: InjectionSettings
    wish: Wish | None

    def still_is(self, now: "_Ground") -> bool:
        """Whether an answer that rests on this would be made again."""
        return self.namespace is now.namespace and self.settings is now.settings and self.wish == now.wish


class _Kept(NamedTuple):
    admitted: Admitted
    ground: _Ground
    size: int


class PodAnswers:
    """One replica's answers. Used in the server's loop alone.

    Args:
        contexts: what is known at this moment.
        metrics: counted into.
        teller: writes Events about pods that asked for the agent and do not get it; None: nobody does.
    """

    def __init__(self, contexts: Contexts, metrics: Metrics, teller: EventWriter | None = None) -> None:
        self._contexts = contexts
        self._metrics = metrics
        self._teller = teller
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self.size = 0
        """Bytes of what is kept."""

    def __len__(self) -> int:
        return len(self._kept)

    def known(self, review: Review) -> AdmissionResponse | None:
        """The answer to a pod like one that was answered before; None where it has to be made."""
        like = likeness(review.body)
        if like is None:
            return None
        key = (review.via, review.namespace, like.text)
        kept = self._kept.get(key)
        if kept is None:
            return None
        context = self._contexts()
        if not kept.ground.still_is(_ground(review, context)):
            self._forget(key)
            return None
        self._kept.move_to_end(key)
        self._metrics.repeated.inc()
        self._tell(review, kept.admitted.skip, context)
        return kept.admitted.answer

    def make(self, review: Review) -> AdmissionResponse:
        """A new answer, kept for pods that are like this one."""
        context = self._contexts()
        admitted = admit_pod(review, context)
        self._keep(review, admitted, context)
        self._tell(review, admitted.skip, context)
        return admitted.answer

    def _tell(self, review: Review, skip: Skip | None, context: Context) -> None:
        """Count a pod that stays as it is, and tell its owner where somebody asked for the agent."""
        if skip is None or review.dry_run:
            return
        self._metrics.skips.labels(skip.why, "true" if skip.asked else "false").inc()
        if skip.asked and self._teller is not None:
            self._teller.tell(review, skip, context.snapshot)

    def _keep(self, review: Review, admitted: Admitted, context: Context) -> None:
        like = likeness(review.body)
        if like is None:
            return
        answer, skip = admitted
        operations = orjson.dumps(answer.operations)
        words = (*answer.warnings, skip.reason if skip is not None else "")
        if like.volume and (like.volume.encode() in operations or any(like.volume in text for text in words)):
            return  # it speaks of this one pod
        patch = base64.b64encode(operations).decode() if answer.operations else ""
        size = len(like.text) + len(patch)
        key = (review.via, review.namespace, like.text)
        self._forget(key)
        short = Admitted(replace(answer, operations=(), patch=patch), skip)
        self._kept[key] = _Kept(short, _ground(review, context), size)
        self.size += size
        while self.size > MOST:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: _Key) -> None:
        gone = self._kept.pop(key, None)
        if gone is not None:
            self.size -= gone.size


def _ground(review: Review, context: Context) -> _Ground:
    labels = mapping(mapping(review.body.get("metadata")).get("labels"))
    namespace = context.snapshot.get("Namespace", "", review.namespace)
    return _Ground(namespace, context.injection, context.wish(review.namespace, labels))
