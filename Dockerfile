# One image for every process: docker run aislewise gateway|worker dwell|worker prompts|worker history|serve|nightly …

FROM python:3.11-slim AS build
WORKDIR /build
COPY pyproject.toml requirements.lock ./
RUN python -m venv /opt/aislewise \
    && sed -n '/^\(uv\|hatchling\|packaging\|pathspec\|pluggy\|trove-classifiers\|tomlkit\)==/,/[^\\]$/p' requirements.lock > tools.txt \
    && pip install --no-cache-dir --require-hashes -r tools.txt \
    && uv pip install --no-cache --python /opt/aislewise/bin/python -r pyproject.toml -c requirements.lock
COPY README.md LICENSE ./
COPY aislewise aislewise
COPY models models
COPY streams streams
COPY training training
COPY serving serving
COPY simulation simulation
RUN python -m hatchling build -t wheel \
    && uv pip install --no-cache --python /opt/aislewise/bin/python --no-deps dist/*.whl

FROM python:3.11-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data aislewise \
    && mkdir -p /data/lake /data/bundles /data/plans /data/salts /data/checkpoints \
    && chown -R aislewise /data
COPY --from=build /opt/aislewise /opt/aislewise
ENV PATH=/opt/aislewise/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    XDG_CACHE_HOME=/tmp
USER 10001
WORKDIR /data
VOLUME /data
ENTRYPOINT ["aislewise"]
CMD ["--help"]
