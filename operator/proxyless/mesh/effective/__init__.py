"""What is in effect: an exact model of what istiod sends each class of clients and each server. Pure.

Rules and commands ask it; they never work out for themselves who sees what. A test replays the answers of a real istiod
on 1,400 meshes. One :class:`~proxyless.mesh.effective.mesh.Mesh` stands over one snapshot and keeps its answers::

    mesh = Mesh(snapshot, MeshOptions(root_namespace=..., domain=...))
    client = mesh.client(workload.namespace, workload.labels)        # a ClientClass: all clients alike share one
    target = client.dialed("api.shop:7070")                          # or client.target(full_host, port)
    target.listener              # True, False, or None: then target.hidden names what is not known
    target.hidden                # reason, object and field where there is no listener
    target.virtual_host.routes   # the routes as sent; virtual_host None: no routes, so all calls fail
    target.virtual_host.routing  # what won the host (None: the Service's default route)
    target.routed.shadowed       # VirtualServices that another one keeps from the host; .skipped: those without a route
    for name in target.cluster_names:
        cluster = client.cluster(name)     # .exists, .reason, .tls, .lb, .answer (DestinationRule and place), .shadowed,
                                           # .subset, .policy.settings["tls"] (value, rule, path)
        client.endpoints(name)             # .items with address, port, workload, source; .unknown: what is missing
    handling(route, target.port, rule_of)      # deadline, retries, faults, what is hashed (module ``handling``)
    identities(cluster.seen.registered, ...)   # names that a client expects of servers (module ``identities``)
    server = mesh.server(workload, port)   # .listener, .tls, .peer (mode, source, path), .policies, .reached

    verdict(mesh, client, target, party_of)   # .text ("works with mTLS", "plaintext", "fails: UNAVAILABLE, …", "not
                                              # decided: …"), .worst.because, .ways: one per route, cluster and endpoint

Callers beside gRPC libraries: ``mesh.client`` serves for a sidecar too, ``mesh.gateway_client`` with ``gateways.gateway_target`` for
gateways, ``mesh.direct_client`` for ambient pods and those outside the mesh; ``call_ends.Sides.caller`` says which it is.

Rules have ``lint.in_effect.mesh_of(world)`` and ``party_of``; ``lint.route_calls`` tells who is hit by a route. Where no client is known
ask ``mesh.client(namespace)``, which stands for "a client in this namespace that no selector selects". ``mesh.not_given`` names the
kinds of policies that were taken as none.

Indexes stand in the memory that a Mesh is given and follow single changes (``indexes``); answers live as long as the Mesh.
Objects without a creation time count as the youngest, and among them the name decides, as istiod would have it if they were
created in one second; where another order would make a difference, ``target.routed.rivals`` and ``cluster.rivals`` name it.

Three values: ``None`` is "not known" and comes with words for what is missing; objects that were not given are not
guessed, and of policies (VirtualService, DestinationRule, Sidecar, PeerAuthentication, AuthorizationPolicy) those at hand
are taken for all.
"""
