# One image, two processes: `proxyless run operator` and `proxyless run webhook`.
#   docker build -t proxyless:0.1.0 .
# BASE needs Python 3.11 or newer with venv, the same in both stages.
ARG BASE=docker.io/library/python:3.13-slim-trixie

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python3 -m venv /opt/proxyless
COPY requirements-operator.lock /src/
RUN /opt/proxyless/bin/pip install --require-hashes --only-binary :all: --requirement /src/requirements-operator.lock
COPY pyproject.toml README.md LICENSE /src/
COPY operator /src/operator
RUN /opt/proxyless/bin/pip wheel --no-deps --wheel-dir /wheel /src \
 && /opt/proxyless/bin/pip install --no-deps --no-compile /wheel/*.whl \
 && /opt/proxyless/bin/pip uninstall --yes pip \
 && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/proxyless/lib

FROM ${BASE}
COPY --from=build /opt/proxyless /opt/proxyless
ENV PATH=/opt/proxyless/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 65532:65532
WORKDIR /tmp
ENTRYPOINT ["proxyless", "run"]
