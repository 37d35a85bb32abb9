"""Which targets a text names, as the libraries parse them, and which of them istiod is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.targets import count, paths, targets


def _pod(*words: str) -> Pod:
    return Pod({"spec": {"containers": [{"name": "a", "args": list(words)}]}})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("xds:///a:1", ["xds:///a:1"]),
        ("--targets=[xds:///a:1,xds:///b:1]", ["xds:///a:1", "xds:///b:1"]),
        ("{'to': 'xds:///a:1', 'or': \"xds:///b:2\"}", ["xds:///a:1", "xds:///b:2"]),
        ("(xds:///a:1)", ["xds:///a:1"]),
        ("xds:///$(HOST):7070", ["xds:///$(HOST):7070"]),
        ("xds:///{{ .Values.host }}:7070", ["xds:///{{"]),
        ("xds:///[::1]:80", ["xds:///[::1]:80"]),
        ("xds:a.b:1", ["xds:///a.b:1"]),
        ("xds:/a.b:1", ["xds:///a.b:1"]),
        ("xds://a.b:1", ["xds://a.b:1"]),
        ("xds://authority/a.b:1", ["xds://authority/a.b:1"]),
        ("--log=xds:debug", []),
        ("xds: on", []),
        ("grpc-xds:///a:1", []),
        ("https://xds.example.org:443", []),
    ],
)
def test_text_names(text: str, named: list[str]) -> None:
    [container] = _pod(text).apps
    assert [target.written for target in targets(container)] == named


def test_targets_are_counted_per_container_and_each_has_its_place() -> None:
    pod = Pod(
        {
            "spec": {
                "containers": [
                    {"name": "a", "args": ["xds:///a:1", "xds:///a:1"], "env": [{"name": "B", "value": "xds:///b:1"}]},
                    {"name": "b", "command": ["run", "xds:///a:1", "xds://only-an-authority:1"]},
                ]
            }
        },
        ("spec", "template"),
    )
    assert count(pod) == 3
    assert paths(pod) == {
        "a:1": ("spec", "template", "spec", "containers", 0, "args", 0),
        "b:1": ("spec", "template", "spec", "containers", 0, "env", 0, "value"),
    }


@given(st.lists(st.text(alphabet="xds:/ab1[]{}(),'\" $", max_size=30), max_size=3))
def test_any_text_is_read(words: list[str]) -> None:
    pod = _pod(*words)
    assert count(pod) == len(paths(pod))
