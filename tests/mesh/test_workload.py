"""Two workloads are the same only where their objects are."""

from mesh.objects import thing
from proxyless.mesh.workload import workload_of


def test_workloads_of_two_objects_differ() -> None:
    one, other = (workload_of(thing("Deployment", name, {"template": {}})) for name in ("one", "other"))
    assert one != other
    assert one == workload_of(thing("Deployment", "one", {"template": {"spec": {"containers": []}}}))
