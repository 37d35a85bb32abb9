"""Baselines, ``--diff-base`` and ``--min-severity``: only what is new and bad enough counts."""

import json
import subprocess
from pathlib import Path

import pytest

from cli.command import proxyless

MIRROR = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: NAME, namespace: shop}
spec:
  hosts: [NAME]
  http:
  - route: [{destination: {host: NAME}}]
    mirror: {host: next}
"""


def mirrors(*names: str) -> str:
    return "---\n".join(MIRROR.replace("NAME", name) for name in names)


def found(folder: Path, *arguments: str) -> list[str]:
    done = proxyless("lint", "--format", "json", *arguments, cwd=folder)
    assert "Traceback" not in done.stderr
    return [item["object"]["name"] for item in json.loads(done.stdout)["findings"]]


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_baseline_is_written_read_and_pruned(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(mirrors("one", "two"))
    done = proxyless("lint", "--baseline", "b.json", "--write-baseline", "a.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "b.json: 2 findings known" in done.stderr
    written = (tmp_path / "b.json").read_text()
    (tmp_path / "a.yaml").write_text("# moved\n" + mirrors("new", "two"))
    assert found(tmp_path, "--baseline", "b.json", "a.yaml") == ["new"]
    done = proxyless("lint", "--baseline", "b.json", "a.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert "b.json: 1 finding known, 1 not found any more; --prune-baseline removes them" in done.stderr
    assert (tmp_path / "b.json").read_text() == written
    proxyless("lint", "--baseline", "b.json", "--prune-baseline", "a.yaml", cwd=tmp_path)
    left = json.loads((tmp_path / "b.json").read_text())["findings"]
    assert [item["object"] for item in left.values()] == ["VirtualService shop/two"]


def test_a_baseline_counts_alike_findings(tmp_path: Path) -> None:
    route = "  - route: [{destination: {host: one}}]\n    mirror: {host: next}\n"
    (tmp_path / "a.yaml").write_text(mirrors("one"))
    proxyless("lint", "--baseline", "b.json", "--write-baseline", "a.yaml", cwd=tmp_path)
    (tmp_path / "a.yaml").write_text(mirrors("one") + route)
    assert found(tmp_path, "--select", "PX502", "--baseline", "b.json", "a.yaml") == ["one"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no such baseline; make it with --write-baseline"),
        ("[]", "is no baseline of proxyless"),
        ("{", "is no baseline of proxyless"),
        ('{"version": 9, "findings": {}}', "is a baseline of version 9"),
    ],
)
def test_a_baseline_that_is_none(text: str | None, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(mirrors("one"))
    if text is not None:
        (tmp_path / "b.json").write_text(text)
    done = proxyless("lint", "--baseline", "b.json", "a.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


def test_min_severity(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(mirrors("one"))
    assert found(tmp_path, "--min-severity", "warning", "a.yaml") == ["one"]
    assert found(tmp_path, "--min-severity", "error", "a.yaml") == []


def test_only_what_a_change_brings(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s/a.yaml").write_text(mirrors("one"))
    (tmp_path / "proxyless.yaml").write_text("overrides:\n- {paths: /k8s/b.yaml, ignore: PX502}\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    before = subprocess.run(["git", "status", "--porcelain"], cwd=tmp_path, capture_output=True, check=True).stdout
    assert found(tmp_path, "--diff-base", "HEAD", ".") == []
    (tmp_path / "k8s/a.yaml").rename(tmp_path / "k8s/moved.yaml")
    (tmp_path / "k8s/new.yaml").write_text(mirrors("two"))
    (tmp_path / "k8s/b.yaml").write_text(mirrors("ignored"))
    assert before == b""
    for where, path in (
        (tmp_path, "."),
        (tmp_path, str(tmp_path)),
        (tmp_path / "k8s", "."),
        (tmp_path, "k8s/new.yaml"),
    ):
        assert found(where, "--diff-base", "HEAD", path) == ["two"], (where, path)
    done = proxyless("lint", "--diff-base", "HEAD", ".", cwd=tmp_path)
    assert "only what is new since HEAD: 1 finding known there" in done.stderr
    assert "k8s/new.yaml:8:5  warning PX502" in done.stdout
    status = subprocess.run(["git", "status", "--porcelain"], cwd=tmp_path, capture_output=True, check=True).stdout
    assert status == b" D k8s/a.yaml\n?? k8s/b.yaml\n?? k8s/moved.yaml\n?? k8s/new.yaml\n", (
        "the repository is only read"
    )


def test_a_revision_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(mirrors("one"))
    done = proxyless("lint", "--diff-base", "HEAD", "a.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "--diff-base works in a git repository" in done.stderr
    git(tmp_path, "init", "-q")
    for revision in ("nowhere", "--help", "HEAD"):
        done = proxyless("lint", f"--diff-base={revision}", "a.yaml", cwd=tmp_path)
        assert done.returncode == 2
        assert f"the repository has no revision '{revision}'; fetch it first" in done.stderr
    for arguments in (("--cluster",), ("--fix", "a.yaml"), ("-",)):
        assert proxyless("lint", "--diff-base", "HEAD", *arguments, cwd=tmp_path).returncode == 2
