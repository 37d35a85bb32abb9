"""``proxyless test`` as a user runs it: what passes, what fails and says in what, JUnit, and what is wrong with a file."""

from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.command import proxyless
from lint.why.small import BASE, HOST, MUTUAL, STRICT, routes, to
from proxyless.adapters.call_tests import read_call_tests
from proxyless.errors import InputError

SPLIT = (
    f"{{timeout: 2s, route: [{{destination: {{host: {HOST}, subset: v1}}, weight: 90}}, "
    f"{{destination: {{host: {HOST}, subset: v2}}, weight: 10}}]}}"
)
MESH = BASE + MUTUAL + STRICT + routes(to("v1", name="gold", match="[{headers: {x-tenant: {exact: gold}}}]"), SPLIT)
TESTS = f"""\
mesh: [mesh.yaml]
tests:
- name: gold tenants stay on v1
  client: web/deploy/cart
  target: xds:///{HOST}:7070
  method: /shop.Api/Get
  headers: {{X-Tenant: gold}}
  expect:
    verdict: mtls
    route: gold
    from: VirtualService shop/api
    destinations:
    - {{host: {HOST}, subset: v1, port: 7070, weight: 100, tls: true}}
- name: the others are split
  client: web/deploy/cart
  target: xds:///{HOST}:7070
  method: /shop.Api/Get
  expect:
    timeout: 2s
    tls: true
    destinations:
    - {{host: {HOST}, subset: v2, weight: 10}}
    - {{host: {HOST}, subset: v1, weight: 90}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mesh.yaml").write_text(MESH)
    (tmp_path / "calls.yaml").write_text(TESTS)
    return tmp_path


def test_what_holds_passes(folder: Path) -> None:
    done = proxyless("test", "calls.yaml", cwd=folder)
    assert done.returncode == 0, done.stdout
    assert done.stdout == (
        "ok      calls.yaml:3  gold tenants stay on v1\nok      calls.yaml:14  the others are split\n"
    )
    assert done.stderr.endswith("2 passed\n")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("verdict: mtls", "verdict: plaintext", "expected plaintext, the call comes to mtls"),
        ("verdict: mtls", "verdict: fails", "expected fails, the call comes to mtls"),
        ("route: gold", "route: silver", "expected the route 'silver', 'gold' of VirtualService shop/api spec.http[0]"),
        ("from: VirtualService shop/api", "from: HTTPRoute shop/x", "expected a route of HTTPRoute shop/x"),
        (
            "subset: v1, port: 7070, weight: 100",
            "subset: v3",
            f"expected {HOST} subset v3 mTLS; calls go to {HOST} subset v1",
        ),
        ("weight: 10}", "weight: 20}", "subset v2 port 7070, 10 %, mTLS"),
        ("timeout: 2s", "timeout: 3s", "expected the timeout 3s, VirtualService shop/api spec.http[1] has 2s"),
        ("tls: true\n", "tls: false\n", "expected plaintext, the client sends: "),
        ("web/deploy/cart", "web/deploy/card", "no workload 'web/deploy/card'"),
        ("  method: /shop.Api/Get\n  headers: {X-Tenant: gold}\n", "", "expected the route 'gold'"),
        (f"    - {{host: {HOST}, subset: v2, weight: 10}}\n", "", f"calls also go to {HOST} subset v2"),
    ],
)
def test_what_differs_is_told(folder: Path, old: str, new: str, said: str) -> None:
    assert old in TESTS
    (folder / "calls.yaml").write_text(TESTS.replace(old, new))
    done = proxyless("test", "-q", "calls.yaml", "--junit", "out.xml", cwd=folder)
    assert done.returncode == 1
    assert said in done.stdout
    assert "FAILED  calls.yaml:" in done.stdout
    root = ET.parse(folder / "out.xml").getroot()
    cases = list(root.iter("testcase"))
    assert len(cases) == 2
    failing = [case for case in cases if len(case)]
    assert len(failing) in (1, 2)
    assert said in "".join(failing[0].itertext())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  client: web/deploy/cart\n", "", "calls.yaml:3:3: tests[0]: expected client with a text; add it"),
        (
            "verdict: mtls",
            "verdict: nice",
            "calls.yaml:9:5: tests[0].expect.verdict: 'nice' is no verdict; write one of works",
        ),
        ("verdict: mtls", "verdickt: mtls", "unknown key 'verdickt'; write one of verdict, route, from"),
        ("weight: 100", "weight: 101", "101 is no share; write the percent of calls, 0 to 100"),
        ("weight: 100", "weight: all", "tests[0].expect.destinations[0].weight: expected a whole number"),
        ("{X-Tenant: gold}", "{X-Tenant: 1}", "headers.X-Tenant: expected a text; put it into quotes"),
        ("mesh: [mesh.yaml]", "mesh: mesh.yaml", "mesh: expected a list"),
        ("mesh: [mesh.yaml]", "istio: new", "istio: "),
        ("mesh: [mesh.yaml]\n", "", "no mesh to ask: write mesh with files or folders"),
        ("tests:", "tests: [", "calls.yaml:"),
        ("mesh.yaml", "none.yaml", "none.yaml"),
    ],
)
def test_mistakes_name_line_field_and_remedy(folder: Path, old: str, new: str, said: str) -> None:
    assert old in TESTS
    (folder / "calls.yaml").write_text(TESTS.replace(old, new, 1))
    done = proxyless("test", "calls.yaml", cwd=folder)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr
    assert "Traceback" not in done.stderr


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["tests", "expect", "client", "target", "mesh", "headers"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(value=VALUES)
def test_any_file_is_read_or_refused_with_words(value: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    import json  # noqa: PLC0415  JSON is YAML

    file = tmp_path_factory.mktemp("any") / "a.yaml"
    file.write_text(json.dumps(value))
    with suppress(InputError):
        read_call_tests(str(file))
