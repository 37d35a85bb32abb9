"""The rules' list of the agent's volumes says what injection adds, under every setting that changes a source."""

import itertools

import pytest

from proxyless.inject.pod import inject
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.surroundings import Namespace
from proxyless.mesh.pod.volumes import SOURCES, taken_names

POD = {
    "metadata": {"name": "echo", "labels": {"proxyless.dev/inject": "true"}},
    "spec": {"containers": [{"name": "app", "image": "echo:1"}]},
}
REPLACEABLE = {"workload-socket", "workload-certs", "gke-workload-certificate"}
"""Volumes that others bring on purpose."""


@pytest.mark.parametrize(("bundle", "gke"), list(itertools.product((False, True), repeat=2)))
def test_each_volume_that_is_added_is_in_the_list_with_its_source(*, bundle: bool, gke: bool) -> None:
    made = inject(POD, Namespace("shop"), InjectionSettings(cluster_trust_bundle=bundle, gke_workload_certificates=gke))
    (added,) = [operation["value"] for operation in made.operations if operation["path"] == "/spec/volumes"]
    names = {volume["name"] for volume in added}
    assert names - REPLACEABLE == SOURCES.keys()
    assert taken_names(Pod({"metadata": {}, "spec": {"volumes": added}})) == []


@pytest.mark.parametrize("name", list(SOURCES))
def test_another_source_is_told_with_its_place(name: str) -> None:
    volumes = [{"name": "own"}, 7, {"name": name, "nfs": {"server": "a", "path": "/"}}]
    (found,) = taken_names(Pod({"spec": {"volumes": volumes}}, ("spec", "template")))
    assert found[0] == name
    assert found[2] == ("spec", "template", "spec", "volumes", 2, "name")
