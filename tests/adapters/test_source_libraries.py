"""Libraries that source trees ask for: each package manager's files as it writes them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.command import proxyless
from proxyless.adapters.source_libraries import source_libraries_in
from proxyless.cli.version_of import name_of

FILES = [
    ("go.mod", "module a\n\ngo 1.23\n\nrequire (\n\tgoogle.golang.org/grpc v1.66.3\n\tx.y/z v1.0.0 // indirect\n)\n", "go=1.66.3"),
    ("go.mod", "module a\nrequire google.golang.org/grpc v1.66.3\nreplace google.golang.org/grpc => google.golang.org/grpc v1.60.1\n", "go=1.60.1"),
    ("go.mod", "module a\nrequire google.golang.org/grpc/cmd/protoc-gen-go-grpc v1.5.1\n", ""),
    ("requirements.txt", "flask==3.0\ngrpcio==1.66.1 ; python_version > '3.8'\ngrpcio-tools==1.60.0\n", "python=1.66.1"),
    ("requirements-dev.txt", "grpcio>=1.60\n", "python"),
    ("requirements.lock", "grpcio==1.66.1 \\\n    --hash=sha256:00\n", "python=1.66.1"),
    ("pyproject.toml", '[project]\ndependencies = ["grpcio>=1.60", "grpcio-tools==1.1.1"]\n', "python"),
    ("poetry.lock", '[[package]]\nname = "grpcio"\nversion = "1.64.1"\n\n[[package]]\nname = "grpcio-tools"\nversion = "1.1.1"\n', "python=1.64.1"),
    ("uv.lock", '[[package]]\nname = "grpcio"\nversion = "1.64.1"\nsource = { registry = "https://x" }\n', "python=1.64.1"),
    ("Pipfile.lock", '{"default": {"grpcio": {"hashes": ["sha256:1"], "index": "pypi", "version": "==1.62.2"}}}', "python=1.62.2"),
    ("pom.xml", "<properties><grpc.version>1.62.2</grpc.version></properties><dependency><groupId>io.grpc</groupId>\n<artifactId>grpc-xds</artifactId>\n<version>${grpc.version}</version></dependency>", "java=1.62.2"),
    ("pom.xml", "<dependency><groupId>org.apache.dubbo</groupId><artifactId>dubbo</artifactId><version>3.2.0</version></dependency>", "dubbo-java=3.2.0"),
    ("build.gradle", "def grpcVersion = '1.62.2'\nimplementation \"io.grpc:grpc-xds:${grpcVersion}\"\n", "java=1.62.2"),
    ("build.gradle.kts", 'implementation(platform("io.grpc:grpc-bom:1.61.0"))\nimplementation("io.grpc:grpc-xds")\n', "java=1.61.0"),
    ("gradle.lockfile", "io.grpc:grpc-core:1.62.2=compileClasspath\nio.grpc:grpc-xds:1.62.2=compileClasspath\n", "java=1.62.2"),
    ("libs.versions.toml", '[versions]\ngrpc = "1.62.2"\n[libraries]\nxds = { module = "io.grpc:grpc-xds", version.ref = "grpc" }\n', "java=1.62.2"),
    ("package-lock.json", '{"packages": {"node_modules/@grpc/grpc-js": {\n "version": "1.10.1"}, "node_modules/@grpc/grpc-js-xds": {\n "version": "1.10.0"}}}', "node=1.10.0"),
    ("yarn.lock", '"@grpc/grpc-js-xds@^1.9.0":\n  version "1.10.0"\n  resolved "x"\n', "node=1.10.0"),
    ("pnpm-lock.yaml", "packages:\n\n  '@grpc/grpc-js-xds@1.10.0':\n    resolution: {}\n", "node=1.10.0"),
    ("package.json", '{"dependencies": {"@grpc/grpc-js": "^1.9.0", "@grpc/grpc-js-xds": "^1.9.0"}}', "node"),
    ("Gemfile.lock", "GEM\n  specs:\n    grpc (1.66.0-x86_64-linux)\n      google-protobuf\n", "ruby=1.66.0"),
    ("composer.lock", '{"packages": [{"name": "grpc/grpc", "version": "1.57.0"}]}', "php=1.57.0"),
    ("Cargo.lock", '[[package]]\nname = "tonic"\nversion = "0.12.3"\n', "rust=0.12.3"),
    ("Cargo.toml", '[dependencies]\ntonic = { version = "0.12", features = ["tls"] }\n', "rust"),
    ("a.csproj", '<PackageReference Include="Grpc.Net.Client" Version="2.63.0" />', "dotnet=2.63.0"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "wanted"), FILES, ids=[f"{name}-{wanted}" for name, _, wanted in FILES])
def test_files_of_package_managers(tmp_path: Path, name: str, text: str, wanted: str) -> None:
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / name).write_text(text)
    found = source_libraries_in(tmp_path)
    assert [name_of(item) for item in found] == ([wanted] if wanted else [])
    assert all(item.place == f"service/{name}" for item in found)


def test_a_lock_file_says_more_than_the_manifest_beside_it(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"dependencies": {"@grpc/grpc-js-xds": "^1.9.0"}}')
    (tmp_path / "yarn.lock").write_text('"@grpc/grpc-js-xds@^1.9.0":\n  version "1.10.0"\n')
    assert [name_of(item) for item in source_libraries_in(tmp_path)] == ["node=1.10.0"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_and_line_ends_of_windows(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "requirements.txt").write_bytes("grpcio==1.60.0\r\nx==1\r\n".encode(encoding))
    (found,) = source_libraries_in(tmp_path)
    assert name_of(found) == "python=1.60.0"
    (tmp_path / "requirements.txt").write_bytes(b"")
    (tmp_path / "uv.lock").write_bytes('[[package]]\r\nname = "grpcio"\r\nversion = "1.70.0"\r\n'.encode(encoding))
    (found,) = source_libraries_in(tmp_path)
    assert name_of(found) == "python=1.70.0"


def test_xds_is_known_by_what_is_imported_or_asked_for(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module a\nrequire google.golang.org/grpc v1.66.3\n")
    (tmp_path / "package.json").write_text('{"dependencies": {"@grpc/grpc-js": "1.10.0"}}')
    assert [item.xds for item in source_libraries_in(tmp_path)] == [False, False]
    (tmp_path / "main.go").write_text('package main\n\nimport _ "google.golang.org/grpc/xds"\n')
    assert [(name_of(item), item.xds) for item in source_libraries_in(tmp_path)] == [
        ("go=1.66.3", True),
        ("node=1.10.0", False),
    ]


def test_what_others_brought_is_not_asked(tmp_path: Path) -> None:
    for folder in ("node_modules/x", "vendor/y", ".venv/z"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "go.mod").write_text("require google.golang.org/grpc v1.1.1\n")
    assert source_libraries_in(tmp_path) == ()


def test_lint_takes_the_libraries_of_a_source_tree(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module a\nrequire google.golang.org/grpc v1.66.3\n")
    (tmp_path / "main.go").write_text('import _ "google.golang.org/grpc/xds"\n')
    route = (
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a, namespace: b}\n"
        "spec: {hosts: [c], http: [{match: [{headers: {X-A: {exact: d}}}], route: [{destination: {host: c}}]},"
        " {route: [{destination: {host: c}}]}]}\n"
    )
    (tmp_path / "a.yaml").write_text(route)
    alone = proxyless("lint", "--assume-proxyless", "a.yaml", cwd=tmp_path)
    assert "a client is C++, Python" in alone.stdout
    told = proxyless("lint", "--assume-proxyless", "--client-from", ".", "a.yaml", cwd=tmp_path)
    assert "note: client go=1.66.3 (.: go.mod)" in told.stderr
    assert "a client is C++, Python" not in told.stdout
    none = proxyless("lint", "--client-from", "a.yaml", "a.yaml", cwd=tmp_path)
    assert none.returncode == 2
    assert "no gRPC library with xDS was found there" in none.stderr
    missing = proxyless("lint", "--client-from", "none", "a.yaml", cwd=tmp_path)
    assert missing.returncode == 2


def test_version_of_tells_of_sources(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("grpcio>=1.60\n")
    done = proxyless("version-of", ".", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "python  .: requirements.txt (requirements.txt, no exact release)\n")


@given(
    name=st.sampled_from([name for name, _, _ in FILES]),
    text=st.text(alphabet="grpcio/-js@xds=:\"'1.v \n{}[]()^", max_size=80),
)
def test_any_text_is_read(name: str, text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / name).write_text(text)
    for item in source_libraries_in(folder):
        assert name_of(item)
