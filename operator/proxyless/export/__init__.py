"""Rules and injection as admission policies (CEL) that the API server enforces by itself, without a process of ours. Pure.

Called by ``proxyless export admission`` and by ``make generate``, which writes ``manifests/policies``. ``statements`` say
each rule once more, as CEL; the rules themselves stay the reference, and a test compares both on a real API server.
Nothing here reads a cluster or judges an object.
"""
