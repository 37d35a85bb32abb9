"""Computes the effective configuration: what istiod will send for a client, a host, a port. Pure; read by ``lint``."""
