# syntax=docker/dockerfile:1
# CPU:  docker build -t visavis .
# CUDA: docker build -t visavis:cuda --build-arg BASE=nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04 --build-arg EXTRAS=[torch,whisper] .
# Run:  docker run --network host -e VISAVIS_SERVER__TOKEN=... visavis    (WebRTC needs many UDP ports: host network)
# Weights are baked in; with --build-arg WEIGHTS=mounted give them as a volume: -v visavis-packs:/packs
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE}
ARG EXTRAS=""
ARG WEIGHTS="baked"
SHELL ["/bin/bash", "-o", "pipefail", "-c"]

# hadolint ignore=DL3008
RUN apt-get update \
 && if ! command -v python3 >/dev/null; then apt-get install -y --no-install-recommends python3 python3-venv; fi \
 && apt-get install -y --no-install-recommends libgomp1 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 visavis \
 && mkdir /app /packs && chown visavis: /app /packs

USER 10001
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    VISAVIS_MODELS__PACKS=/packs \
    VISAVIS_SERVER__HOST=0.0.0.0 \
    PYTHONUNBUFFERED=1

COPY --chown=visavis pyproject.toml constraints.txt README.md LICENSE ./
COPY --chown=visavis server server
COPY --chown=visavis agents agents
COPY --chown=visavis models models
COPY --chown=visavis client client
RUN python3 -m venv .venv \
 && pip install --no-cache-dir -c constraints.txt -e ".${EXTRAS}" \
 && if [ "${WEIGHTS}" = baked ]; then visavis models pull; fi

VOLUME /packs
EXPOSE 8600
HEALTHCHECK --start-period=60s --interval=15s --timeout=3s \
  CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8600/healthz', timeout=2)"]
CMD ["visavis", "serve"]
