"""Options that every long-running part has. ``controller.options`` and ``webhook.options`` add their own."""

from argparse import Action, ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import override

from proxyless.adapters.webhookconfig import INJECTOR, MUTATING, VALIDATING, VALIDATOR
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
    mutating_config: Sequence[str] = (INJECTOR,)
    """Names of our mutating webhook configurations."""
    validating_config: Sequence[str] = (VALIDATOR,)

    @property
    def configurations(self) -> list[tuple[str, str]]:
        """Plural and name of each webhook configuration of ours."""
        return [
            (plural, name)
            for plural, names in ((MUTATING, self.mutating_config), (VALIDATING, self.validating_config))
            for name in names
            if name
        ]


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
    for kind, name in (("mutating", INJECTOR), ("validating", VALIDATOR)):
        parser.add_argument(
            f"--{kind}-config",
            action=_Names,
            default=(name,),
            metavar="NAME",
            help=f"our {kind} webhook configuration, which the webhook keeps trusted and the operator looks after; may be repeated ({name})",
        )
    return parser


class _Names(Action):
    """Names given one by one take the place of the usual one."""

    @override
    def __call__(self, parser: object, namespace: Namespace, values: object, option_string: str | None = None) -> None:
        before = getattr(namespace, self.dest)
        setattr(namespace, self.dest, (str(values),) if before is self.default else (*before, str(values)))
