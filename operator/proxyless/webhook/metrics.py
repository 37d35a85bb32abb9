"""Counters of one webhook process, served at ``/metrics``. No global registry: tests run several processes' worth in one."""

from prometheus_client import Counter, Gauge, Histogram

from proxyless.process.metrics import registry

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
"""Buckets around what is measured (0.3 ms) up to the timeout in our webhook configurations (5 s)."""


class Metrics:
    """What is counted; names are part of the product and do not change."""

    def __init__(self) -> None:
        self.registry = registry()
        self.reviews = Counter(
            "proxyless_admission_reviews",
            "Reviews by webhook and outcome: allowed, patched, warned, denied, failed, oversize, late, malformed, unready.",
            ["webhook", "outcome"],
            registry=self.registry,
        )
        self.repeated = Counter(
            "proxyless_admission_repeated",
            "Pods that got the answer which was made for one of the same template.",
            registry=self.registry,
        )
        self.seconds = Histogram(
            "proxyless_admission_seconds",
            "Time from the last byte of a review to its answer.",
            ["webhook"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.findings = Counter(
            "proxyless_admission_findings",
            "Findings on reviewed objects by rule and what admission did with them: deny, warn, audit.",
            ["code", "action"],
            registry=self.registry,
        )
        self.failures = Counter(
            "proxyless_admission_failures",
            "Reviews allowed because of a bug in proxyless, by webhook.",
            ["webhook"],
            registry=self.registry,
        )
        self.skips = Counter(
            "proxyless_pods_not_injected",
            "Pods that were left as they are, by reason and whether somebody asked for the agent; dry runs are not counted.",
            ["reason", "asked"],
            registry=self.registry,
        )
        self.events = Counter(
            "proxyless_events",
            "Events about pods that asked for the agent and did not get it, by outcome: written, repeated, dropped, failed.",
            ["outcome"],
            registry=self.registry,
        )
        self.connections = Gauge(
            "proxyless_admission_connections",
            "Connections to the reviews port by stage: handshake, silent, head, body, review.",
            ["stage"],
            registry=self.registry,
        )
        self.unfinished = Gauge(
            "proxyless_admission_connections_unfinished",
            "Those of them that have not sent one whole review yet.",
            registry=self.registry,
        )
        self.connection_limits = Gauge(
            "proxyless_admission_connections_limit",
            "Most connections (all) and most that have not sent one whole review (unfinished).",
            ["of"],
            registry=self.registry,
        )
        self.closed = Counter(
            "proxyless_admission_connections_closed",
            "Connections that this replica closed, by reason: a limit (full, full_unfinished, memory), a time (handshake_time, "
            "head_time, body_time, idle_time) or handshake_failed.",
            ["reason"],
            registry=self.registry,
        )
        self.expiry = Gauge(
            "proxyless_certificate_expiry_timestamp_seconds",
            "When the certificate authority and this replica's serving certificate expire, seconds since 1970.",
            ["certificate"],
            registry=self.registry,
        )
        self.rotations = Counter(
            "proxyless_certificate_rotations",
            "Serving certificates that this replica took into use.",
            registry=self.registry,
        )
