"""The product in a cluster of the lab: its image from the real Dockerfile by buildah, installed from manifests/.

Called by the demo and the scenarios. What is installed is what users get; only the image's name differs.
"""

import hashlib
import shutil
import subprocess
from pathlib import Path

from lab.api import wait_until
from lab.errors import LabError, PartError
from lab.node import external
from lab.node.base import python_rootfs
from lab.node.cluster import Cluster
from lab.node.images import PROXY
from lab.parts import ISTIO_VERSION, cache

ROOT = Path(__file__).parents[3]
IMAGE = "localhost/proxyless:lab"
SYSTEM = "proxyless-system"
_BASE = "localhost/proxyless-base:lab"
_LAYERS = {"overlay": ("overlay", 80), "vfs": ("vfs/dir", 24)}
"""Storage driver: where layers lie, and how many are kept. A build of changed sources adds about six."""
_SOURCES = ("Dockerfile", "pyproject.toml", "README.md", "LICENSE", "requirements-operator.lock")


def image() -> Path:
    """The product's image as an OCI archive; built when a file that goes into it has changed (about 45 s)."""
    target = image_file()

    def make(unfinished: Path) -> None:
        _build(unfinished)
        for old in target.parent.glob("proxyless-????????????????.tar"):
            old.unlink(missing_ok=True)

    return external.kept(target, make)


def image_file() -> Path:
    """Place of that archive, whether it is there or not."""
    return cache() / "images" / f"proxyless-{_key()}.tar"


def _key() -> str:
    digest = hashlib.sha256()
    sources = [ROOT / name for name in _SOURCES]
    sources += [
        path
        for path in sorted((ROOT / "operator").rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and not path.name.endswith(".pyc")
    ]
    for path in sources:
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _build(target: Path) -> None:
    if shutil.which("buildah") is None:
        raise PartError("image of proxyless", "there is no buildah", "apt-get install --no-install-recommends buildah")
    buildah = _buildah()
    if _run([*buildah, "inspect", "--type=image", _BASE]).returncode != 0:
        container = _must([*buildah, "from", "scratch"]).strip()
        _must([*buildah, "add", container, str(python_rootfs()), "/"])
        _must([*buildah, "commit", "--quiet", "--rm", container, _BASE])
    _must(
        [
            *buildah, "bud", "--quiet", "--isolation=chroot", "--network=host", f"--build-arg=BASE={_BASE}",
            "--pull-never", "--layers", "--volume=/etc/ssl/certs:/etc/ssl/certs:ro", *_pip_settings(),
            f"--tag={IMAGE}", str(ROOT),
        ]
    )  # fmt: skip
    _must([*buildah, "push", "--quiet", IMAGE, f"oci-archive:{target}:{IMAGE}"])


def _buildah() -> list[str]:
    """buildah with a storage of its own; overlays share what layers have in common, plain copies are ten times as large."""
    driver = "overlay" if "\toverlay\n" in Path("/proc/filesystems").read_text() else "vfs"
    storage = cache() / "buildah" / driver
    folder, most = _LAYERS[driver]
    if len(list((storage / "root" / folder).glob("*"))) > most:
        _unmount(storage)
        shutil.rmtree(storage)  # the layers of builds long past; the packages cost half a minute anew
    storage.mkdir(parents=True, exist_ok=True)
    return ["buildah", f"--root={storage}/root", f"--runroot={storage}/run", f"--storage-driver={driver}"]


def _unmount(storage: Path) -> None:
    """Take away what buildah left mounted in its storage, the innermost first: a build that was killed leaves its container."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    places = [place for line in lines if (place := line.split()[4]).startswith(f"{storage}/")]
    for place in sorted(places, key=len, reverse=True):
        _run(["umount", place])


def _pip_settings() -> list[str]:
    """Where pip finds its index on this machine: its own configuration, passed into the build and not into the image."""
    return [f"--volume={path}:{path}:ro" for path in ("/etc/pip.conf",) if Path(path).exists()]


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=900)


def _must(command: list[str]) -> str:
    done = _run(command)
    if done.returncode != 0:
        raise PartError(
            "image of proxyless",
            f"its build failed (exit code {done.returncode})",
            "read the lines above; a build that could not reach the package index goes on where it stopped",
            command=" ".join(command),
            output="\n".join((done.stdout + done.stderr).splitlines()[-20:]),
        )
    return done.stdout


MESH = """\
apiVersion: proxyless.dev/v1alpha1
kind: ProxylessMesh
metadata: {{name: default}}
spec:
  istio: {{version: {version}}}
  injection:
    image: "{image}"
    resources: {{requests: {{cpu: 5m, memory: 40Mi}}}}
"""


def install(cluster: Cluster, *, folder: str = "manifests", agent_image: str = PROXY) -> None:
    """Load the image, apply the manifests with its name, wait until operator and both webhook replicas are ready.

    The ProxylessMesh that follows names Istio's version and the agent's image, as a user's would.
    """
    cluster.load(image())
    done = cluster.kubectl("apply", "--server-side", "-f", "-", stdin=manifests(cluster, folder), timeout=120)
    if done.returncode != 0:
        raise LabError(f"{folder}/ was refused: {done.stderr.strip()}")
    await_ready(cluster)
    cluster.apply(MESH.format(version=ISTIO_VERSION, image=agent_image))


def manifests(cluster: Cluster, folder: str = "manifests") -> str:
    """What ``kubectl apply -k`` would apply, with the lab's image that is never pulled."""
    rendered = cluster.kubectl("kustomize", str(ROOT / folder))
    if rendered.returncode != 0:
        raise LabError(f"kustomize {folder}: {rendered.stderr.strip()}")
    return rendered.stdout.replace("image: proxyless:0.1.0", f"image: {IMAGE}")


def await_ready(cluster: Cluster, timeout: float = 120) -> None:
    """Wait until every Deployment of the product has all its replicas available."""

    def ready() -> bool:
        found = cluster.api.request("GET", f"/apis/apps/v1/namespaces/{SYSTEM}/deployments")["items"]
        return bool(found) and all(
            item.get("status", {}).get("availableReplicas", 0) == item["spec"]["replicas"] for item in found
        )

    try:
        wait_until("proxyless ready", ready, timeout=timeout)
    except LabError as error:
        shown = cluster.kubectl("get", "pods", "-n", SYSTEM, "-o", "wide").stdout
        logs = cluster.kubectl(
            "logs", "-n", SYSTEM, "--all-containers", "--prefix", "--tail=20", "-l", "app.kubernetes.io/name=proxyless"
        ).stdout
        raise LabError(f"{error}\n{shown}\n{logs}") from error
