"""``proxyless lint --fix``, ``--unsafe-fixes`` and ``--diff`` as their user meets them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from cli.command import proxyless
from proxyless.adapters.rewriting import rewrite
from proxyless.errors import InputError

ROUTES = """\
# routes of the shop
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo, namespace: shop}
spec:
  hosts: [echo.shop.svc.cluster.local]
  http:
  - match:
    - headers:
        X-User: {exact: a}   # whom
    route:
    - destination: {host: echo.shop.svc.cluster.local}
    mirror: {host: next.shop.svc.cluster.local}  # for a while
  - route:
    - destination: {host: echo.shop.svc.cluster.local}
"""
PERMISSIVE = """\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: echo, namespace: shop}
spec: {mtls: {mode: PERMISSIVE}}
---
apiVersion: v1
kind: Service
metadata: {name: echo, namespace: shop}
spec: {selector: {app: echo}, ports: [{name: grpc, port: 7070}]}
---
apiVersion: v1
kind: Pod
metadata: {name: echo, namespace: shop, labels: {app: echo}, annotations: {inject.istio.io/templates: grpc-agent}}
spec: {containers: [{name: app, image: "echo:1", ports: [{containerPort: 7070}]}]}
"""
CLIENT = """\
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: shop, annotations: {inject.istio.io/templates: grpc-agent}}
spec: {containers: [{name: app, image: "client:1", args: ["xds:///echo.shop.svc.cluster.local:7070"]}]}
"""
RULE = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: echo, namespace: shop}
spec: {host: echo.shop.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}
"""
SAFE = ROUTES.replace("X-User", "x-user")
BOTH = SAFE.replace("    mirror: {host: next.shop.svc.cluster.local}  # for a while\n", "")
OPTIONS = ("--assume-proxyless", "--client", "go=1.66.3")


def test_safe_fixes_are_written(tmp_path: Path) -> None:
    file = tmp_path / "routes.yaml"
    file.write_text(ROUTES)
    file.chmod(0o640)
    done = proxyless("lint", "--fix", *OPTIONS, "routes.yaml", cwd=tmp_path)
    assert file.read_text() == SAFE
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [file]
    assert done.returncode == 1, "the mirror is left"
    assert "PX502" in done.stdout
    assert "PX524" not in done.stdout
    assert "fixed: routes.yaml: PX524 header-name-case: VirtualService shop/echo" in done.stderr
    assert "1 more can be fixed by --unsafe-fixes" in done.stderr
    again = proxyless("lint", "--fix", *OPTIONS, "routes.yaml", cwd=tmp_path)
    assert file.read_text() == SAFE
    assert "fixed:" not in again.stderr


def test_unsafe_fixes_are_written_when_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "routes.yaml"
    file.write_text(ROUTES)
    done = proxyless("lint", "--fix", "--unsafe-fixes", *OPTIONS, "routes.yaml", cwd=tmp_path)
    assert file.read_text() == BOTH
    assert done.returncode == 0, done.stdout


def test_difference_is_shown_and_can_be_applied(tmp_path: Path) -> None:
    file = tmp_path / "routes.yaml"
    file.write_text(ROUTES.rstrip("\n"))
    done = proxyless("lint", "--diff", "--unsafe-fixes", *OPTIONS, "routes.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert file.read_text() == ROUTES.rstrip("\n")
    assert "would fix: routes.yaml: PX502" in done.stderr
    git = shutil.which("git")
    assert git is not None
    subprocess.run([git, "apply", "-p0", "-"], input=done.stdout.encode(), cwd=tmp_path, check=True)
    assert file.read_text() == BOTH.rstrip("\n")
    clean = proxyless("lint", "--diff", "--unsafe-fixes", *OPTIONS, "routes.yaml", cwd=tmp_path)
    assert (clean.returncode, clean.stdout) == (0, "")


def test_standard_input_is_printed_fixed() -> None:
    done = proxyless("lint", "--fix", "--unsafe-fixes", *OPTIONS, "-", stdin=ROUTES)
    assert done.stdout == BOTH
    assert "0 findings" in done.stderr
    unchanged = proxyless("lint", "--fix", *OPTIONS, "-", stdin=BOTH)
    assert unchanged.stdout == BOTH


def test_a_fix_that_would_bring_another_finding_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(PERMISSIVE + "---\n" + CLIENT)
    done = proxyless("lint", "--fix", "--unsafe-fixes", "--select", "PX3", ".", cwd=tmp_path)
    assert (tmp_path / "a.yaml").read_text() == PERMISSIVE + "---\n" + CLIENT
    assert (
        "not fixed: ./a.yaml: PX301 permissive: PeerAuthentication shop/echo spec.mtls.mode: it would bring PX302 at"
        in done.stderr
    )


def test_what_a_fix_brings_is_fixed_with_it(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"{PERMISSIVE}---\n{CLIENT}---\n{RULE}")
    done = proxyless("lint", "--fix", "--unsafe-fixes", "--select", "PX3", ".", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "a.yaml").read_text() == "---\n".join(
        [PERMISSIVE.replace("PERMISSIVE", "STRICT"), CLIENT, RULE.replace("DISABLE", "ISTIO_MUTUAL")]
    )


def test_encodings_and_links_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    for encoding in ("utf-8-sig", "utf-16"):
        real.write_bytes(ROUTES.replace("\n", "\r\n").encode(encoding))
        link.unlink(missing_ok=True)
        link.symlink_to(real.name)
        proxyless("lint", "--fix", *OPTIONS, "link.yaml", cwd=tmp_path)
        assert real.read_bytes() == SAFE.replace("\n", "\r\n").encode(encoding)
        assert link.is_symlink()


def test_read_only_files_and_files_with_two_names_are_left(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(ROUTES)
    file.chmod(0o444)
    done = proxyless("lint", "--fix", *OPTIONS, "a.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "a.yaml: error: the file is read-only" in done.stderr
    file.chmod(0o644)
    (tmp_path / "b.yaml").hardlink_to(file)
    done = proxyless("lint", "--fix", *OPTIONS, "a.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "second name" in done.stderr
    assert file.read_text() == ROUTES
    assert file.stat().st_nlink == 2


def test_a_file_that_changed_meanwhile_is_left(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: 2\n")
    with pytest.raises(InputError, match="changed since it was read"):
        rewrite(str(file), "a: 1\n", "a: 3\n")
    assert file.read_text() == "a: 2\n"
    rewrite(str(file), "a: 2\n", "a: 3\n")
    assert file.read_text() == "a: 3\n"
    with pytest.raises(InputError, match="cannot be written"):
        rewrite(str(tmp_path / "gone.yaml"), "a: 1\n", "a: 3\n")


def test_templates_and_anchors_are_left_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(ROUTES.replace("whom", "{{ .Values.whom }}"))
    (tmp_path / "a.yaml").write_text(
        ROUTES.replace("name: echo", "name: other").replace("mirror: {host", "mirror: &next {host")
        + "    mirror: *next\n"
    )
    done = proxyless("lint", "--fix", "--unsafe-fixes", *OPTIONS, "t.yaml", "a.yaml", cwd=tmp_path)
    assert "not fixed: t.yaml: PX524 header-name-case: VirtualService shop/echo spec.http[0]" in done.stderr
    assert "it stands in a template" in done.stderr
    assert "which other fields share" in done.stderr
    assert "{{ .Values.whom }}" in (tmp_path / "t.yaml").read_text()


def test_unsafe_fixes_alone_are_an_error() -> None:
    done = proxyless("lint", "--unsafe-fixes", "-", stdin=ROUTES)
    assert done.returncode == 2
    assert "--unsafe-fixes needs --fix, or --diff to look first" in done.stderr
