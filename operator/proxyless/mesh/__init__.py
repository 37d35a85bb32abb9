"""Effective configuration: what istiod will compute for a client, a host, a port. Pure; read by ``lint``."""
