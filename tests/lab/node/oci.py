"""Makes OCI image archives from files, without a registry or a daemon. Called by `lab.node.images`.

An archive is one layer plus config, manifest and index. Same input, same bytes: times and owners are fixed, so the
content hash is a cache key.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO


@dataclass(frozen=True)
class Image:
    """What goes into one image: files by absolute path, and how it starts."""

    name: str
    """Full reference, e.g. ``localhost/pause:lab``."""
    files: Mapping[str, Path | bytes]
    """Target path: source file (mode kept) or its bytes (mode 644). Symlinks in sources are followed."""
    entrypoint: Sequence[str]
    user: str = "65532:65532"
    environment: Mapping[str, str] = field(default_factory=dict)
    folders: Sequence[str] = ("tmp",)
    """Extra folders, world-writable with the sticky bit."""
    workdir: str = "/"
    base: Path | None = None
    """Tar of a root filesystem that becomes the first layer."""

    def key(self) -> str:
        """Short hash of everything that decides the archive's bytes, by size and time of the source files."""
        digest = hashlib.sha256(
            repr((self.name, self.entrypoint, self.user, sorted(self.environment.items()))).encode()
        )
        digest.update(repr((self.workdir, self.folders)).encode())
        if self.base is not None:
            digest.update(f"{self.base}|{self.base.stat().st_mtime_ns}".encode())
        for target, source in sorted(self.files.items()):
            digest.update(target.encode())
            if isinstance(source, bytes):
                digest.update(source)
            else:
                status = source.stat()
                digest.update(f"{source.resolve()}|{status.st_size}|{status.st_mtime_ns}".encode())
        return digest.hexdigest()[:16]


def write(image: Image, target: Path) -> None:
    """Write the archive; the file appears whole or not at all."""
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    layer = unfinished.with_suffix(".layer")
    try:
        with layer.open("wb") as out:
            _layer(image, out)
        layers = [(*_hash(path), path) for path in (image.base, layer) if path is not None]
        config = _json(
            {
                "architecture": "amd64" if os.uname().machine == "x86_64" else "arm64",
                "os": "linux",
                "config": {
                    "Entrypoint": list(image.entrypoint),
                    "User": image.user,
                    "WorkingDir": image.workdir,
                    "Env": [f"{key}={value}" for key, value in image.environment.items()],
                },
                "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest, _, _ in layers]},
            }
        )
        manifest = _json(
            {
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
                "layers": [
                    {
                        "mediaType": "application/vnd.oci.image.layer.v1.tar",
                        "digest": f"sha256:{digest}",
                        "size": size,
                    }
                    for digest, size, _ in layers
                ],
            }
        )
        entry = _descriptor("application/vnd.oci.image.manifest.v1+json", manifest) | {
            "annotations": {
                "io.containerd.image.name": image.name,
                "org.opencontainers.image.ref.name": image.name.rpartition(":")[2],
            }
        }
        with tarfile.open(unfinished, "w") as archive:
            _add(archive, "oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
            _add(archive, "index.json", _json({"schemaVersion": 2, "manifests": [entry]}))
            for blob in (config, manifest):
                _add(archive, f"blobs/sha256/{hashlib.sha256(blob).hexdigest()}", blob)
            for digest, size, path in layers:
                info = tarfile.TarInfo(f"blobs/sha256/{digest}")
                info.size, info.mode = size, 0o644
                with path.open("rb") as source:
                    archive.addfile(info, source)
        unfinished.rename(target)
    finally:
        layer.unlink(missing_ok=True)
        unfinished.unlink(missing_ok=True)


def _layer(image: Image, out: IO[bytes]) -> None:
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        made: set[str] = set()
        for folder in image.folders:
            _folders(archive, f"{folder}/x", made, mode=0o1777)
        for target, source in sorted(image.files.items()):
            name = target.lstrip("/")
            _folders(archive, name, made)
            if isinstance(source, bytes):
                _add(archive, name, source)
                continue
            info = tarfile.TarInfo(name)
            status = source.stat()
            info.size, info.mode = status.st_size, (status.st_mode & 0o777) | 0o444
            with source.open("rb") as handle:
                archive.addfile(info, handle)


def _folders(archive: tarfile.TarFile, name: str, made: set[str], mode: int = 0o755) -> None:
    parts = name.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        folder = "/".join(parts[:depth])
        if folder not in made:
            made.add(folder)
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, mode if depth == len(parts) else 0o755
            archive.addfile(info)


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o644
    archive.addfile(info, io.BytesIO(data))


def _descriptor(media_type: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": f"sha256:{hashlib.sha256(data).hexdigest()}", "size": len(data)}


def _hash(path: Path) -> tuple[str, int]:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest(), path.stat().st_size


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
