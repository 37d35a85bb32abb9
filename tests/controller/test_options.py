"""Flags win over the environment, which wins over defaults; nonsense is a usage error that names itself."""

import pytest

from proxyless.controller.options import read


def test_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROXYLESS_NAMESPACE", raising=False)
    options = read([])
    assert (options.namespace, options.lease, options.health_port) == ("proxyless-system", "proxyless-operator", 8080)
    assert not options.remove_conditions
    assert read([]).identity != options.identity


def test_flags_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROXYLESS_HEALTH_PORT", "9000")
    monkeypatch.setenv("PROXYLESS_NAMESPACE", "here")
    assert (read([]).health_port, read([]).namespace) == (9000, "here")
    assert read(["--health-port", "9001", "--namespace", "there"]).health_port == 9001


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--health-port", "0"], "0 is no TCP port"),
        (["--health-port", "x"], "x is no TCP port"),
        (["--relist", "soon"], "'soon': expected a number of seconds from 0.1"),
        (["--lease-duration", "0"], "'0': expected a number of seconds"),
        (["--unknown"], "unrecognized arguments: --unknown"),
    ],
)
def test_nonsense_is_a_usage_error(flags: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read(flags)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_names_of_webhook_configurations_replace_the_usual_one() -> None:
    assert [name for _, name in read([]).configurations] == ["a-proxyless-injector", "proxyless-validator"]
    given = read(["--mutating-config=one", "--mutating-config=two", "--validating-config="])
    assert [name for _, name in given.configurations] == ["one", "two"]
