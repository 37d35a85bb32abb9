"""Arguments and port of the agent."""

from proxyless.inject.own.rendering import Rendering
from proxyless.mesh.pod import keys


def add_command(work: Rendering) -> None:
    """Runs the agent as a sidecar of a workload; the log levels may come from the pod."""
    settings, said = work.settings, work.pod.annotations
    arguments = [
        "proxy",
        "sidecar",
        "--domain",
        f"$(POD_NAMESPACE).svc.{settings.cluster_domain}",
        f"--proxyLogLevel={said.get(keys.PROXY_LOG_LEVEL, settings.proxy_log_level)}",
        f"--proxyComponentLogLevel={said.get(keys.COMPONENT_LOG_LEVEL, settings.component_log_level)}",
        f"--log_output_level={said.get(keys.AGENT_LOG_LEVEL, settings.agent_log_level)}",
    ]
    if settings.sts_port:
        arguments.append(f"--stsPort={settings.sts_port}")
    if settings.log_as_json:
        arguments.append("--log_as_json")
    work.agent["args"] = arguments
    if work.status_port:
        work.agent["ports"] = [{"containerPort": work.status_port, "protocol": "TCP", "name": "mesh-metrics"}]
