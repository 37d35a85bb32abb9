"""What the two long-running parts are as processes: options, logs, health port, readiness, sockets, start and end.

Used by ``controller`` and ``webhook``. Knows neither rules nor reviews.
"""
