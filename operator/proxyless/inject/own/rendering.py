"""Working state of mode own for one pod: what the concerns read and what they write. Made by ``own.render``, lives for one pod."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from proxyless.inject.patch import Patch
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod import keys
from proxyless.mesh.pod.decision import Inject
from proxyless.mesh.pod.owner import Owner
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.proxy_config import ProxyConfig, metadata_of
from proxyless.mesh.pod.surroundings import Namespace
from proxyless.model import forms

LABELS = ("metadata", "labels")
ANNOTATIONS = ("metadata", "annotations")

XDS_FOLDER = "/etc/istio/proxy"
"""Where the agent keeps its socket and the bootstrap file."""
DATA_FOLDER = "/var/lib/istio/data"
"""Where the agent writes certificate, key and root."""
ROOT_FOLDER = "/var/run/secrets/istio"
"""Where istiod's own root is mounted."""
CREDENTIALS_FOLDER = "/var/run/secrets/workload-spiffe-credentials"
BOOTSTRAP_FILE = f"{XDS_FOLDER}/grpc-bootstrap.json"


@dataclass(slots=True)
class Rendering:
    """A pod while the agent is added to it."""

    pod: Pod
    namespace: Namespace
    settings: InjectionSettings
    decision: Inject
    patch: Patch
    owner: Owner
    said: ProxyConfig
    """What its annotation says of the proxy."""
    labels: dict[str, str]
    """The pod's labels as they will be."""
    status_port: int
    """Port where the agent answers for health and metrics; 0: it is switched off."""
    warnings: list[str] = field(default_factory=list)
    agent: dict[str, Any] = field(default_factory=dict)
    """The agent's container, filled by the concerns."""
    user_volumes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Volumes that the pod's annotation asks for, by name."""
    volumes: list[str] = field(default_factory=list)
    """Names of the volumes that were added."""
    pull_secrets: list[str] = field(default_factory=list)
    """Names of the image pull secrets that were added."""

    @property
    def holds(self) -> bool:
        """Whether the application starts only once the agent is ready, by the pod's annotation, else the settings."""
        return self.settings.hold if self.said.hold is None else self.said.hold

    @property
    def network(self) -> str:
        """The pod's network: its own label wins."""
        return self.labels.get(keys.NETWORK) or self.settings.network

    @property
    def istiod(self) -> str:
        """host:port where the pod reaches istiod's xDS, by its annotation, else the settings."""
        configured = (self.said.config or {}).get("discoveryAddress")
        said = self.pod.annotations.get(keys.DISCOVERY_ADDRESS) or configured
        return said if isinstance(said, str) and said else self.settings.istiod

    @property
    def proxy_metadata(self) -> dict[str, str]:
        """Environment of the agent that mesh and pod ask for; the pod wins."""
        found: dict[str, str] = dict(self.settings.proxy_metadata)
        for metadata in (self.settings.proxy_config.get("proxyMetadata"), metadata_of(self.pod)):
            if isinstance(metadata, Mapping):
                found.update({str(key): _text(value) for key, value in metadata.items()})
        return {name: value for name, value in found.items() if forms.ENVIRONMENT_NAME.fits(name)}

    def annotate(self, key: str, value: str) -> None:
        """Wants an annotation."""
        self.patch.put(ANNOTATIONS, key, value)

    def warn(self, text: str) -> None:
        """Tells the author of the pod something."""
        self.warnings.append(text)


def _text(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
