"""Which gRPC library is in a program, a folder, a jar or an image: real binaries and packages, and images made of them."""

import gzip
import hashlib
import io
import json
import sys
import tarfile
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from lab.parts import binary
from proxyless.adapters.go_build import build_of
from proxyless.adapters.image_libraries import libraries_in
from proxyless.cli.version_of import name_of
from proxyless.errors import InputError

SITE = Path(next(path for path in sys.path if path.endswith("site-packages")))
PYTHON = f"python={version('grpcio')}"
Files = dict[str, bytes]


def names(place: Path) -> list[str]:
    return [name_of(library) + ("" if library.xds else " no xds") for library in libraries_in(place)]


def packed(files: Files, mode: str = "") -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(data.getvalue()) if mode == "gz" else data.getvalue()


def saved(folder: Path, *layers: Files) -> Path:
    """An image as `docker save` writes it."""
    blobs = {f"{number}/layer.tar": packed(files) for number, files in enumerate(layers)}
    manifest = json.dumps([{"Config": "c.json", "Layers": list(blobs)}]).encode()
    file = folder / "saved.tar"
    file.write_bytes(packed({"manifest.json": manifest, **blobs}))
    return file


def oci(folder: Path, *layers: Files) -> Path:
    """An OCI archive with compressed layers, behind an index of platforms."""
    blobs: Files = {}

    def blob(content: bytes) -> dict[str, str]:
        digest = hashlib.sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        return {"digest": f"sha256:{digest}"}

    manifest = {"layers": [blob(packed(files, "gz")) for files in layers]}
    platforms = {"manifests": [blob(json.dumps(manifest).encode())]}
    index = {"manifests": [blob(json.dumps(platforms).encode())]}
    file = folder / "oci.tar"
    file.write_bytes(packed({"index.json": json.dumps(index).encode(), **blobs}))
    return file


def jar(*inside: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in inside:
            archive.writestr(name, b"")
    return data.getvalue()


@pytest.mark.cluster("echo-go", "echo-go-old")
def test_go_programs() -> None:
    assert names(binary("echo-go-old")) == ["go=1.54.0"]
    (new,) = libraries_in(binary("echo-go"))
    assert new.client.version is not None
    assert new.client.version.minor > 80
    assert new.xds
    assert new.trace.startswith("build info of go1.")


@pytest.mark.cluster
def test_a_go_program_without_xds_is_told_apart() -> None:
    (library,) = libraries_in(binary("etcd"))
    assert (library.client.language and library.client.language.value, library.xds) == ("go", False)
    assert build_of(binary("kubectl").read_bytes()) is not None


def test_an_installed_python_package() -> None:
    assert names(SITE) == [PYTHON]


@pytest.mark.parametrize("image", [saved, oci], ids=lambda image: image.__name__)
def test_images(tmp_path: Path, image: object) -> None:
    assert callable(image)
    metadata = (SITE / f"grpcio-{version('grpcio')}.dist-info" / "METADATA").read_bytes()
    below = {
        "app/lib/grpcio-1.50.0.dist-info/METADATA": metadata,
        "srv/node_modules/@grpc/grpc-js/package.json": b'{"version": "1.14.0"}',
        "srv/node_modules/@grpc/grpc-js-xds/package.json": b'{"version": "1.14.1"}',
        "opt/grpc-xds-1.60.0.jar": jar(),
        "opt/old/dubbo-3.2.0.jar": jar(),
        "usr/bin/true": b"\x7fELF nothing of Go",
    }
    above = {
        "app/lib/.wh.grpcio-1.50.0.dist-info": b"",
        f"app/lib/grpcio-{version('grpcio')}.dist-info/METADATA": metadata,
        "opt/old/.wh..wh..opq": b"",
        "srv/node_modules/@grpc/grpc-js-xds/package.json": b'{"version": "1.10.1"}',
    }
    assert names(image(tmp_path, below)) == [
        "python=1.50.0",
        "java=1.60.0",
        "dubbo-java=3.2.0",
        "node=1.14.1",
    ]
    assert names(image(tmp_path, below, above)) == [PYTHON, "java=1.60.0", "node=1.10.1"]


@pytest.mark.cluster("echo-go-old")
def test_a_go_program_in_an_image(tmp_path: Path) -> None:
    image = saved(tmp_path, {"app/echo": binary("echo-go-old").read_bytes()})
    assert [(library.place, name_of(library)) for library in libraries_in(image)] == [("app/echo", "go=1.54.0")]


def test_jars_inside_a_jar(tmp_path: Path) -> None:
    whole = tmp_path / "app.jar"
    whole.write_bytes(jar("BOOT-INF/lib/grpc-core-1.66.0.jar", "BOOT-INF/lib/grpc-xds-1.66.0.jar"))
    assert names(whole) == ["java=1.66.0"]
    whole.write_bytes(jar("BOOT-INF/lib/grpc-core-1.66.0.jar"))
    assert names(whole) == ["java=1.66.0 no xds"]


def test_what_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "a.jar").write_bytes(b"no zip")
    (tmp_path / "b").write_bytes(b"\x7fELF\xff Go buildinf:")
    (tmp_path / "c").write_bytes(b"\x7fELF" + b"\xff Go buildinf:" + b"\x08\x02" + b"\0" * 16 + b"\xff" * 40)
    folder = tmp_path / "node_modules" / "@grpc" / "grpc-js"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text("[]")
    (tmp_path / "grpcio-new.dist-info").mkdir()
    (tmp_path / "link").symlink_to(tmp_path)
    assert libraries_in(tmp_path) == ()


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        libraries_in(tmp_path / "none")
    broken = saved(tmp_path, {"a": b"b"})
    broken.write_bytes(packed({"manifest.json": json.dumps([{"Layers": ["gone/layer.tar"]}]).encode()}))
    with pytest.raises(InputError, match=r"lacks its part gone/layer\.tar"):
        libraries_in(broken)
    strange = packed({"manifest.json": json.dumps([{"Layers": ["z"]}]).encode(), "z": b"\x28\xb5\x2f\xfd...."})
    broken.write_bytes(strange)
    with pytest.raises(InputError, match="zstd"):
        libraries_in(broken)
