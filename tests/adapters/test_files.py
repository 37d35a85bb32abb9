"""Files, folders and standard input: what is read, in which order, and what is said of the rest."""

import builtins
import io
from pathlib import Path
from typing import cast

import pytest

from proxyless.adapters.files import read_paths
from proxyless.model.resource import Ref

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: %s}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_folders_are_read_in_order_of_names(folder: Path) -> None:
    write(folder, d__b_yaml=SERVICE % "b", d__a_json='{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"}}')
    write(
        folder, d__sub__c_yml=SERVICE % "c", d__note_txt="no", d__Sub__z_yaml=SERVICE % "z", d__zz_yaml=SERVICE % "zz"
    )
    reading = read_paths(["d"])
    assert list(reading.texts) == ["d/a.json", "d/b.yaml", "d/zz.yaml", "d/Sub/z.yaml", "d/sub/c.yml"]
    assert [item.name for item in reading.snapshot] == ["a", "b", "zz", "z", "c"]
    assert (reading.files, reading.total, reading.ignored, reading.problems) == (5, 5, 0, ())


def test_arguments_keep_their_order_and_spelling(folder: Path) -> None:
    write(folder, b_txt=SERVICE % "b", a_yaml=SERVICE % "a")
    assert list(read_paths(["./b.txt", "a.yaml", "./a.yaml", "."]).texts) == ["./b.txt", "a.yaml"]


def test_hidden_names_are_left_out_unless_given(folder: Path) -> None:
    write(folder, d__x_yaml=SERVICE % "x")
    (folder / "d/.git").mkdir()
    (folder / "d/.git/y.yaml").write_text(SERVICE % "y")
    (folder / "d/.hidden.yaml").write_text(SERVICE % "z")
    assert list(read_paths(["d"]).texts) == ["d/x.yaml"]
    assert list(read_paths(["d/.git", "d/.hidden.yaml"]).texts) == ["d/.git/y.yaml", "d/.hidden.yaml"]


def test_links_that_lead_back_end(folder: Path) -> None:
    write(folder, d__x_yaml=SERVICE % "x")
    (folder / "d/loop").symlink_to(folder / "d")
    (folder / "d/again.yaml").symlink_to("x.yaml")
    (folder / "d/broken.yaml").symlink_to("nowhere.yaml")
    (folder / "d/self.yaml").symlink_to("self.yaml")
    reading = read_paths(["d"])
    assert list(reading.texts) == ["d/again.yaml"]
    assert [problem.where for problem in reading.problems] == ["d/broken.yaml", "d/self.yaml"]
    assert "Too many levels of symbolic links" in reading.problems[1].message


def test_standard_input_is_read_once(folder: Path) -> None:
    write(folder, a_yaml=SERVICE % "a")
    reading = read_paths(["-", "a.yaml", "-"], stdin=io.BytesIO((SERVICE % "b").encode()))
    assert list(reading.texts) == ["-", "a.yaml"]
    assert read_paths(["-"], stdin=None).total == 0


def test_missing_and_odd_paths_are_problems(folder: Path) -> None:
    write(folder, a_yaml=SERVICE % "a")
    reading = read_paths(["nope.yaml", "a.yaml", "a\0b"])
    assert [str(problem) for problem in reading.problems] == [
        "nope.yaml: no such file or folder; check the path",
        "a\0b: cannot be read: embedded null byte; check the path",
    ]
    assert reading.total == 1


def test_files_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, a_yaml=SERVICE % "a", b_yaml=SERVICE % "b")
    opened = builtins.open

    def refuse(name: str, mode: str) -> io.BufferedReader:
        if name == "./a.yaml":  # by a double, since root may read everything
            raise PermissionError(13, "Permission denied")
        return cast("io.BufferedReader", opened(name, mode))

    monkeypatch.setattr("builtins.open", refuse)
    reading = read_paths(["."])
    monkeypatch.undo()
    assert [str(problem) for problem in reading.problems] == [
        "./a.yaml: cannot be read: permission denied; check who may read it"
    ]
    assert list(reading.texts) == ["./b.yaml"]


def test_what_is_no_utf8(folder: Path) -> None:
    (folder / "a.yaml").write_bytes(b"a: 1\nb: \xff\n")
    problems = read_paths(["."]).problems
    assert [str(problem) for problem in problems] == [
        "./a.yaml:2:4: not UTF-8 text (byte 0xff); save the file as UTF-8",
    ]


def test_utf_16_is_read_by_its_mark(folder: Path) -> None:
    for name, encoding in (("a", "utf-16-le"), ("b", "utf-16-be")):
        (folder / f"{name}.yaml").write_bytes(("\ufeff" + SERVICE % name).encode(encoding))
    (folder / "c.yaml").write_bytes(b"\xff\xfea")
    reading = read_paths(["a.yaml", "b.yaml", "c.yaml"])
    assert [item.name for item in reading.snapshot] == ["a", "b"]
    assert [str(problem) for problem in reading.problems] == [
        "c.yaml:1:3: not UTF-16 text (byte 0x61); save the file as UTF-8"
    ]


def test_foreign_yaml_is_a_problem_only_where_it_is_named(folder: Path) -> None:
    write(folder, d__values_yaml="image: x\n", d__other_yaml="a: [\n", d__broken_yaml="apiVersion: v1\nkind: [\n")
    reading = read_paths(["d"])
    assert [problem.where for problem in reading.problems] == ["d/broken.yaml"]
    assert (reading.ignored, reading.total) == (2, 3)
    assert len(read_paths(["d/values.yaml"]).problems) == 1


def test_chart_templates_say_what_to_run(folder: Path) -> None:
    write(folder, c__templates__svc_yaml=SERVICE % "{{ .Release.Name }}")
    assert (read_paths(["c"]).problems, read_paths(["c"]).left_out.templates) == ((), 1)
    [problem] = read_paths(["c/templates/svc.yaml"]).problems
    assert str(problem) == (
        "c/templates/svc.yaml:3:19: a template, not a manifest; render it first: helm template ... | proxyless lint -"
    )


def test_copies_that_differ_are_each_in_a_mesh(folder: Path) -> None:
    write(folder, a_yaml=SERVICE % "x", b_yaml=SERVICE % "x" + "spec: {late: true}\n", c_yaml=SERVICE % "z")
    reading = read_paths(["."], default_namespace="shop")
    assert [
        (str(copy.other.ref), copy.first.origin.file, copy.alike) for copy in reading.copies if copy.first.origin
    ] == [("Service shop/x", "./a.yaml", False)]
    assert [[(item.name, item.spec) for item in mesh.subjects] for mesh in reading.meshes] == [
        [("z", {}), ("x", {})],
        [("z", {}), ("x", {"late": True})],
    ]
    late = reading.snapshot.get(*Ref("Service", "shop", "x"))
    assert late is not None
    assert late.spec == {"late": True}


def test_copies_that_say_the_same_make_one_mesh(folder: Path) -> None:
    write(folder, a_yaml=SERVICE % "x", b_yaml=SERVICE % "x")
    reading = read_paths(["."])
    assert [copy.alike for copy in reading.copies] == [True]
    assert len(reading.meshes) == 1


def test_folders_below_a_named_one_are_meshes_where_asked(folder: Path) -> None:
    write(folder, c__ns_yaml=SERVICE % "shared", c__east__a_yaml=SERVICE % "a", c__west__sub__b_yaml=SERVICE % "b")
    assert len(read_paths(["c"]).meshes) == 1
    meshes = read_paths(["c"], per_folder=True).meshes
    assert [[item.name for item in mesh.snapshot] for mesh in meshes] == [["shared", "a"], ["shared", "b"]]


def test_what_is_excluded_or_ignored_is_left_out_of_folders(folder: Path) -> None:
    write(
        folder,
        d__a_yaml=SERVICE % "a",
        d__old__b_yaml=SERVICE % "b",
        d__c_yaml=SERVICE % "c",
        d__sub__c_yaml=SERVICE % "d",
    )
    (folder / "d" / ".gitignore").write_text("/c.yaml\n")
    reading = read_paths(["d"], exclude=["old/"])
    assert [item.name for item in reading.snapshot] == ["a", "d"]
    assert reading.left_out.excluded == 2
    assert [item.name for item in read_paths(["d/c.yaml"], exclude=["*.yaml"]).snapshot] == ["c"]


def test_charts_are_left_out_unless_they_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    write(
        folder,
        d__app_yaml=SERVICE % "a",
        d__chart__Chart_yaml="apiVersion: v2\nname: x\n",
        d__chart__values_yaml="a: 1\n",
        d__chart__templates__svc_yaml=SERVICE % "{{ .Release.Name }}",
    )
    reading = read_paths(["d"])
    assert ([item.name for item in reading.snapshot], reading.problems, reading.left_out.charts) == (["a"], (), 1)
    assert reading.notes == ("Helm charts are left out: helm is not in PATH",)
    [problem] = read_paths(["d/chart"]).problems
    assert str(problem) == (
        "d/chart/Chart.yaml:1: this Helm chart is not judged: helm is not in PATH; "
        "render it: helm template d/chart | proxyless lint -"
    )
