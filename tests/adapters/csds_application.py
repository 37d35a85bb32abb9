"""A real gRPC application with an admin port, run as a process by test_csds.py: dials a target, serves what its library says.

The answer is made by the library itself; only the service around it, which other languages bring along, is written here.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
from envoy.service.status.v3 import csds_pb2, csds_pb2_grpc
from grpc._cython import cygrpc


class Status(csds_pb2_grpc.ClientStatusDiscoveryServiceServicer):
    """CSDS."""

    def FetchClientStatus(self, *_: object) -> csds_pb2.ClientStatusResponse:  # noqa: N802  the protocol's name
        return csds_pb2.ClientStatusResponse.FromString(cygrpc.dump_xds_configs())


if __name__ == "__main__":
    port, targets = sys.argv[1], sys.argv[2:]
    server = grpc.server(ThreadPoolExecutor(2))
    if targets[:1] != ["none"]:
        csds_pb2_grpc.add_ClientStatusDiscoveryServiceServicer_to_server(Status(), server)
    assert server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    channels = [grpc.insecure_channel(f"xds:///{target}") for target in targets if ":" in target]
    for channel in channels:
        channel.subscribe(lambda _: None, try_to_connect=True)
    print("ready", flush=True)
    time.sleep(120)
