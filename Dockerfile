# syntax=docker/dockerfile:1
# An image of the server. It runs as a user without rights; its weights are baked in.
#
#   docker build -t visavis .
#   docker run --network host -e VISAVIS_SERVER__TOKEN=... visavis           WebRTC wants UDP ports: the host's network,
#                                                                            or a TURN server, or the page's WebSocket mode
# Weights in a volume instead (--build-arg WEIGHTS=mounted), pulled once:
#   docker run -v visavis:/packs visavis visavis models pull
#   docker run -v visavis:/packs --network host -e VISAVIS_SERVER__TOKEN=... visavis
#
# On an NVIDIA GPU: PyTorch's own wheels bring CUDA; faster-whisper takes cuBLAS from the base image.
#   docker build -t visavis:cuda --build-arg BASE=nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04 \
#     --build-arg EXTRAS=torch,whisper --build-arg WEIGHTS=mounted .
#   docker run --gpus all -v visavis:/packs -e VISAVIS_MODELS__PROFILE=gpu visavis:cuda visavis models pull
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS base
# hadolint ignore=DL3008
RUN if ! command -v python3 >/dev/null; then \
      apt-get update && apt-get install -y --no-install-recommends python3 python3-venv && rm -rf /var/lib/apt/lists/*; \
    fi \
 && useradd --create-home --uid 10001 visavis \
 && install -d -o visavis /app /packs
USER 10001
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    VISAVIS_MODELS__PACKS=/packs \
    HF_HOME=/packs/hub \
    PYTHONUNBUFFERED=1

FROM base AS build
ARG EXTRAS=""
ARG PIP_ARGS=""
ARG WEIGHTS=baked
COPY --chown=visavis pyproject.toml constraints.txt README.md LICENSE source/
COPY --chown=visavis server source/server
COPY --chown=visavis agents source/agents
COPY --chown=visavis models source/models
COPY --chown=visavis client source/client
# hadolint ignore=SC2086
RUN python3 -m venv .venv \
 && pip install --no-cache-dir ${PIP_ARGS} -c source/constraints.txt "./source${EXTRAS:+[$EXTRAS]}" \
 && if [ "${WEIGHTS}" = baked ]; then visavis models pull; fi

FROM base
COPY --from=build --chown=visavis /app/.venv .venv
COPY --from=build --chown=visavis /packs /packs
# On every address of the container, so the server wants VISAVIS_SERVER__TOKEN and refuses to start without.
ENV VISAVIS_SERVER__HOST=0.0.0.0
VOLUME /packs
EXPOSE 8600
HEALTHCHECK --start-period=60s --interval=15s --timeout=3s \
  CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8600/healthz', timeout=2)"]
CMD ["visavis", "serve"]
