"""The first act: what the linter foretells from scenario S1's files, before there is any cluster.

Needs nothing but Python. Each thing that is foretold here is seen on the later acts' clusters by what really happens.
"""

import tempfile
from pathlib import Path

from lab.demo import manifests as m
from lab.demo.screen import Screen
from lab.node import programs

_NAMESPACE = "echo-grpc"


def play(screen: Screen) -> None:
    """Lint the scenario's files in the combinations that are applied later; raises Unexpected where a finding is missing."""
    with tempfile.TemporaryDirectory(prefix="proxyless-demo-") as name:
        folder = Path(name)
        for file, text in files(_NAMESPACE).items():
            (folder / file).write_text(text)
        screen.say(f"Files of the scenario: {', '.join(files(_NAMESPACE))}.")
        _lint(screen, folder, "echo.yaml", says=(), then="pods, weights and subsets will work as they are written")
        _lint(
            screen, folder, "echo-agent.yaml",
            says=("PX109",), then="had the pods kept the agent's socket, their two xDS streams would cut each other off",
        )  # fmt: skip
        _lint(
            screen, folder, "echo.yaml", "features.yaml",
            says=("PX502", "PX503", "PX507"), then="mirror, rewrite and perTryTimeout will be accepted and do nothing",
        )  # fmt: skip
        _lint(
            screen, folder, "echo.yaml", "mtls.yaml",
            says=("PX302",), then="with mTLS at the clients alone every call will fail",
        )  # fmt: skip
        _lint(
            screen, folder, "echo.yaml", "mtls.yaml", "permissive.yaml",
            says=("PX301",), then="PERMISSIVE will be refused",
        )  # fmt: skip
        _lint(screen, folder, "echo.yaml", "mtls.yaml", "strict.yaml", says=(), then="STRICT will complete the pair")


def files(ns: str) -> dict[str, str]:
    """What is applied later, as files; `echo-agent.yaml` is what is not."""
    return {
        "echo.yaml": _echo(ns, "direct"),
        "echo-agent.yaml": _echo(ns, "agent"),
        "features.yaml": m.unsupported(ns),
        "mtls.yaml": m.client_mtls(ns),
        "permissive.yaml": m.peer_authentication(ns, "PERMISSIVE"),
        "strict.yaml": m.peer_authentication(ns, "STRICT"),
    }


def _echo(ns: str, xds: str) -> str:
    deployments = [m.deployment(ns, version, programs.python_image(), xds=xds) for version in ("v1", "v2")]
    return "---\n".join([m.namespace(ns), m.service(ns), *deployments, m.subsets(ns), m.weights(ns)])


def _lint(screen: Screen, folder: Path, *names: str, says: tuple[str, ...], then: str) -> None:
    """One run and what it foretells: these codes, or nothing at all, not even an information."""
    done = screen.proxyless("lint", *names, cwd=folder)
    if says:
        screen.require(done.returncode == 1 and all(code in done.stdout for code in says), f"foretold: {then}")
    else:
        screen.require(done.returncode == 0 and "PX" not in done.stdout, f"foretold: {then}")
