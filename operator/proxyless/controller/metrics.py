"""Prometheus metrics of one operator process, served at ``/metrics``. No global registry: tests run several in one process."""

from prometheus_client import Counter, Gauge, Histogram

from proxyless.process.metrics import registry

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """What is counted; names are part of the product and do not change."""

    def __init__(self) -> None:
        self.registry = registry()
        self.findings = Gauge(
            "proxyless_findings",
            "Findings now, without excused ones; by the replica that writes, as the next two.",
            ["code", "severity", "namespace"],
            registry=self.registry,
        )
        self.excused = Gauge(
            "proxyless_findings_excused", "Excused findings now.", ["namespace"], registry=self.registry
        )
        self.workloads = Gauge("proxyless_workloads", "Proxyless workloads now.", ["namespace"], registry=self.registry)
        self.agents = Gauge(
            "proxyless_agents",
            "Running pods of proxyless workloads by what runs in them: the agent (present), nothing where it is asked for "
            "(missing), Envoy in its place (envoy); by the replica that writes.",
            ["namespace", "state"],
            registry=self.registry,
        )
        self.objects = Gauge("proxyless_objects", "Objects in the store by kind.", ["kind"], registry=self.registry)
        self.complete = Gauge(
            "proxyless_kind_complete",
            "1 where a kind could be read as a whole, else 0.",
            ["kind"],
            registry=self.registry,
        )
        self.passes = Histogram(
            "proxyless_judge_seconds",
            "Time of one pass over what a change touches.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.latency = Histogram(
            "proxyless_condition_latency_seconds",
            "From a change as the store saw it to the condition that it led to.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.writes = Counter(
            "proxyless_status_writes",
            "Status writes by kind and outcome: written, conflict, failed, defect.",
            ["kind", "outcome"],
            registry=self.registry,
        )
        self.backlog = Gauge("proxyless_status_backlog", "Objects whose status waits.", registry=self.registry)
        self.leader = Gauge("proxyless_leader", "1 where this replica writes, else 0.", registry=self.registry)
        self.trouble = Gauge(
            "proxyless_self_trouble",
            "1 where proxyless itself does not work for this reason, as this replica sees it, else 0.",
            ["reason"],
            registry=self.registry,
        )
        self.reachable = Gauge(
            "proxyless_api_server_reachable", "1 where the API server answers, else 0.", registry=self.registry
        )
        self.failed_open = Counter(
            "proxyless_admission_failed_open",
            "Reviews that passed because no webhook answered, as the API server counts them, where its metrics may be read.",
            ["webhook"],
            registry=self.registry,
        )
        self.restored = Counter(
            "proxyless_configurations_restored",
            "Webhook configurations that were gone and that this replica made anew.",
            registry=self.registry,
        )
        self.restarts = Counter(
            "proxyless_watch_restarts", "Restarts of the watch after a failure.", registry=self.registry
        )
