"""The stage with real pods and real calls: a one-node cluster, Istio, and the product installed from manifests/."""

import subprocess
import time
from collections.abc import Callable

from lab.api import wait_until
from lab.demo.stage import kept, show
from lab.errors import LabError
from lab.node import echo, images, istio, product, programs
from lab.node.cluster import Cluster


class NodeStage:
    """See the module. Needs root and what `lab.node.needs` lists."""

    can_fail_parts = True

    def __init__(self, *, keep: str = "") -> None:
        self.namespace = "echo-grpc"
        self.image = programs.python_image()
        self.plane: Cluster = Cluster(crds=("istio", "gateway"), keep=keep)
        self._caller: echo.Caller | None = None
        self._replicas: dict[str, int] = {}

    def start(self) -> None:
        """Cluster, Istio, echo image, product."""
        archives = [*images.archives([images.pilot(), images.proxy(), programs.echo_python()]), product.image()]
        self.plane.start()
        self.plane.load(*archives)
        istio.install(self.plane)
        product.install(self.plane, agent_image=images.PROXY)

    def stop(self) -> None:
        """End the cluster."""
        self.plane.stop()

    def await_pods(self, count: int) -> None:
        """Wait for the Deployments of both versions."""
        for version in ("v1", "v2")[:count]:
            echo.await_deployment(self.plane, self.namespace, f"echo-{version}")

    @property
    def caller(self) -> Callable[[int], list[str]]:
        """Calls from the pod of v1 to the Service, by xDS."""
        return lambda count: [show(answer) for answer in self._control().call(self._target(), count=count)]

    def until(self, accept: Callable[[list[str]], bool]) -> list[str]:
        """Five calls at a time until they are acceptable or 20 s have passed."""
        deadline = time.monotonic() + 20
        while True:
            answers = self.caller(5)
            if accept(answers) or time.monotonic() > deadline:
                return answers
            time.sleep(0.3)

    def _target(self) -> str:
        return f"xds:///echo.{self.namespace}.svc.cluster.local:{echo.PORT}"

    def _control(self) -> echo.Caller:
        if self._caller is None:
            self._caller = echo.Caller.of(self.plane, self.namespace, app="echo", version="v1")
        return self._caller

    def kill_webhook(self) -> None:
        """SIGKILL to a replica's process, on its node; kubelet starts it again some time later."""
        self._kill("proxyless-webhook")

    def start_webhook(self) -> None:
        """The Deployment brings it back by itself."""
        product.await_ready(self.plane)

    def kill_operator(self) -> None:
        """No operator at all: what a lost node would do to it."""
        self._scale("proxyless-operator", 0)

    def start_operator(self) -> None:
        """Back to what the manifests say."""
        self._scale("proxyless-operator", self._replicas["proxyless-operator"])

    def _kill(self, deployment: str) -> None:
        pod = echo.pods(
            self.plane, product.SYSTEM, **{"app.kubernetes.io/component": deployment.removeprefix("proxyless-")}
        )[0]
        self.plane.kill_container(pod["metadata"]["namespace"], pod["metadata"]["name"])

    def _scale(self, deployment: str, replicas: int) -> None:
        path = f"/apis/apps/v1/namespaces/{product.SYSTEM}/deployments/{deployment}"
        found = self.plane.api.request("GET", path)
        self._replicas.setdefault(deployment, found["spec"]["replicas"])
        done = self.plane.kubectl("scale", "-n", product.SYSTEM, f"deployment/{deployment}", f"--replicas={replicas}")
        if done.returncode != 0:
            raise LabError(done.stderr)
        if replicas == 0:
            selector = {"app.kubernetes.io/component": deployment.removeprefix("proxyless-")}
            for pod in echo.pods(self.plane, product.SYSTEM, **selector):
                self.plane.kubectl(
                    "delete", "pod", "-n", product.SYSTEM, pod["metadata"]["name"], "--force", "--grace-period=0"
                )
            wait_until("operator gone", lambda: not echo.pods(self.plane, product.SYSTEM, **selector), timeout=30)

    def where(self) -> str:
        """What the person is told."""
        return (
            "a real one-node Kubernetes with Istio in namespaces of its own; proxyless is installed from manifests/, "
            "pods really run and call each other"
        )

    def leftover(self) -> str:
        """How to use what --keep leaves, and how to end it."""
        return kept(self.plane)

    @property
    def environment(self) -> dict[str, str]:
        """That of the control plane."""
        return self.plane.environment

    def kubectl(
        self, *arguments: str, stdin: str | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """kubectl as administrator."""
        return self.plane.kubectl(*arguments, stdin=stdin, timeout=timeout)
