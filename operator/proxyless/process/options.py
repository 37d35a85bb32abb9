"""Options that every long-running part has. ``controller.options`` and ``webhook.options`` add their own."""

from argparse import ArgumentParser
from dataclasses import dataclass

from proxyless.process.flags import flag, own_namespace, tcp_port

JSON, TEXT = "json", "text"


@dataclass(slots=True, frozen=True, kw_only=True)
class ProcessOptions:
    """Options that operator and webhook have in common."""

    namespace: str
    """Its own, where its Lease or Secret is."""
    health_host: str = ""
    """Address to listen on, empty: all."""
    health_port: int = 8080
    log_level: str = "INFO"
    log_format: str = JSON


def parser_for(part: str, description: str) -> ArgumentParser:
    """A parser of ``proxyless run PART`` with the flags that are the same for all; its part adds what it needs."""
    parser = ArgumentParser(
        prog=f"proxyless run {part}",
        description=f"{description} Finds the cluster through KUBECONFIG or the pod's ServiceAccount. Each flag may be given as a variable: "
        "PROXYLESS_HEALTH_PORT for --health-port; flags take precedence.",
    )
    flag(
        parser,
        "namespace",
        own_namespace(),
        "namespace that it runs in, with its Lease and Secret; default in a pod: the pod's",
    )
    flag(parser, "health-host", "", "address for probes and metrics (all)")
    flag(parser, "health-port", 8080, "plain HTTP port for probes and metrics", type=tcp_port)
    flag(parser, "log-level", "INFO", "lowest level that is logged", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    flag(parser, "log-format", JSON, "one JSON object per line, or text for people", choices=(JSON, TEXT))
    return parser
