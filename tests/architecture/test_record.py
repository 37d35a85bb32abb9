from pathlib import Path

import proxyless


def test_all_named_tuples_are_declared_with_ours() -> None:
    """The standard library's takes six times as long for each class, which every command would pay for."""
    folder = Path(proxyless.__file__).parent
    slow = [
        str(file.relative_to(folder))
        for file in folder.rglob("*.py")
        if file.name != "record.py"
        and any("typing" in line and "NamedTuple" in line for line in file.read_text().splitlines())
    ]
    assert not slow, f"import NamedTuple from proxyless.model.record: {slow}"
