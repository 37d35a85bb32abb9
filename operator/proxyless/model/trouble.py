"""What is wrong with proxyless itself, as opposed to the mesh: told on the ProxylessMesh, as Event, metric and alert."""

from enum import Enum

from proxyless.model.record import NamedTuple


class Reason(Enum):
    """Kinds of trouble, the worst first; the value is the condition's and the Event's reason and the metric's label."""

    CONFIGURATION_MISSING = "WebhookConfigurationMissing"
    BUNDLE_EMPTY = "CaBundleEmpty"
    BUNDLE_FOREIGN = "CaBundleForeign"
    CERTIFICATE_EXPIRED = "CertificateExpired"
    UNREACHABLE = "WebhookUnreachable"
    FAILED_OPEN = "ReviewsFailedOpen"
    RIGHTS_MISSING = "RightsMissing"
    CRDS_MISSING = "CrdsMissing"
    API_SERVER = "ApiServerUnreachable"


class Trouble(NamedTuple):
    """One of them, as it is now."""

    reason: Reason
    message: str
    """What is wrong with what, what follows, and what to do."""
