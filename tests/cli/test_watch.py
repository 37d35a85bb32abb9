"""``proxyless lint --watch``: judges at once and after each change, and ends by an interrupt."""

import signal
import subprocess
from pathlib import Path

from child import running
from cli.command import PROXYLESS, proxyless
from proxyless.cli.watching import stamps

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
PERMISSIVE = (
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: a, namespace: shop}\n"
    "spec: {mtls: {mode: PERMISSIVE}}\n"
)


def test_each_change_is_judged(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(NAMESPACE)
    command = [PROXYLESS, "lint", "--watch", "--assume-proxyless", str(tmp_path)]
    with running(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert next(line for line in process.stderr if b"watching" in line).startswith(b"exit code 0; watching 1 files")
        (tmp_path / "b.yaml").write_text(PERMISSIVE)
        assert next(line for line in process.stderr if b"watching" in line).startswith(b"exit code 1; watching 2 files")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130


def test_files_of_charts_and_kustomizations_count(tmp_path: Path) -> None:
    chart = tmp_path / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("name: a\n")
    (chart / "templates" / "a.yaml").write_text("a: {{ b }}\n")
    (tmp_path / "kustomization.yaml").write_text("resources: [one.yaml]\n")
    (tmp_path / "one.yaml").write_text(NAMESPACE)
    names = {Path(name).name for name, _, _ in stamps([str(tmp_path)], ())}
    assert {"Chart.yaml", "a.yaml", "one.yaml", "kustomization.yaml"} <= names


def test_what_cannot_be_watched_is_refused() -> None:
    for more in (["-"], [".", "--fix"], [".", "--diff"]):
        done = proxyless("lint", "--watch", *more)
        assert done.returncode == 2
        assert "--watch is for files" in done.stderr
