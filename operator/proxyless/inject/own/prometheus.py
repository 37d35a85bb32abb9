"""Merged metrics: Prometheus is led to the agent, which scrapes the application where its annotations said so."""

import re

from proxyless.inject.compact_json import compact
from proxyless.inject.own.rendering import ANNOTATIONS, Rendering
from proxyless.mesh.pod import keys

_BOOLEANS = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}
"""Spellings that Istio takes for a boolean."""
_UNCLEAN = re.compile(r"[^a-zA-Z0-9_]")
_MOVED = ("prometheus_io_port", "prometheus_io_path", "prometheus_io_scrape", "prometheus_istio_io_scrape_targets")
_RESERVED = {"15000", "15001", "15004", "15006", "15008", "15020", "15021", "15053", "15090"}
"""Ports that Istio's own parts use; scraping them would go round in circles."""
SECURE_PORT = "ENVOY_SECURE_MERGED_METRICS_PORT"


def merge_metrics(work: Rendering) -> None:
    """Moves the pod's scrape annotations into the agent's environment and points them at the agent.

    Not done where the pod says scrape false, where merging is off, or where the port is the agent's already. A scrape
    configuration that Istio would refuse the pod for is left as it is, with a warning.
    """
    spelled = {
        key: clean
        for key in work.pod.annotations
        if key.startswith("prometheus") and (clean := _UNCLEAN.sub("_", key)) in _MOVED
    }
    said = {clean: work.pod.annotations[key] for key, clean in spelled.items()}
    port = str(work.status_port)
    if not work.status_port or not _wanted(work, said) or said.get("prometheus_io_port") == port:
        return
    targets, remark = _targets(said.get("prometheus_istio_io_scrape_targets", ""))
    if remark:
        work.warn(remark)
    scrape: dict[str, object] = {
        "scrape": said.get("prometheus_io_scrape", ""),
        "path": targets[0]["path"] if targets else said.get("prometheus_io_path", ""),
        "port": targets[0]["port"] if targets else said.get("prometheus_io_port", ""),
    }
    problem = _bad_port([target["port"] for target in targets] or [str(scrape["port"])], port)
    if problem:
        work.warn(f"metrics are not merged: {problem}; with Istio's injector this pod would be refused")
        return
    if targets:
        scrape["targets"] = targets
    if any(scrape.values()):
        text = compact(scrape)
        work.agent["env"].append({"name": "ISTIO_PROMETHEUS_ANNOTATIONS", "value": text})
    ours = {"prometheus.io/scrape": "true", "prometheus.io/port": port, "prometheus.io/path": "/stats/prometheus"}
    for key in spelled:
        if key not in ours:
            work.patch.drop(ANNOTATIONS, key)
    for key, value in ours.items():
        work.annotate(key, value)


def secure_metrics(work: Rendering) -> None:
    """Tells Prometheus the port of merged metrics over mTLS where the agent's environment names one."""
    for entry in work.agent["env"]:
        if entry["name"] == SECURE_PORT and entry.get("value") not in (None, "", "0"):
            said = (_UNCLEAN.sub("_", key) for key in work.pod.annotations)
            if "prometheus_istio_io_secure_port" not in said:
                work.annotate(keys.SECURE_METRICS_PORT, entry["value"])
            return


def _wanted(work: Rendering, said: dict[str, str]) -> bool:
    if _BOOLEANS.get(said.get("prometheus_io_scrape", "true")) is False:
        return False
    merge = _BOOLEANS.get(work.pod.annotations.get(keys.MERGE_METRICS, ""))
    return work.settings.prometheus_merge if merge is None else merge


def _targets(text: str) -> tuple[list[dict[str, str]], str]:
    """Scrape targets ``port:path,port:path``, and what is wrong with them."""
    targets = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        port, _, path = (part.strip() for part in entry.partition(":"))
        if not port:
            return [], f"scrape target {entry[:40]!r} has no port: the scrape targets do not count"
        targets.append({"port": port, "path": path or "/metrics"})
    return targets, ""


def _bad_port(ports: list[str], agent: str) -> str:
    for port in filter(None, ports):
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 1 << 16):
            return f"{port[:40]!r} is no port"
        if str(int(port)) == agent or str(int(port)) in _RESERVED:
            return f"port {port} belongs to the agent or to Istio"
    return ""
