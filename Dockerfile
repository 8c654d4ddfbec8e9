# Two stages: one that makes the wheel and installs what is locked, one that runs it as nobody in particular. It writes
# to /data and /tmp alone: run it with a root that is read-only, as compose.yaml does.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /make \
    && /make/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements-build.lock \
    && python -m venv /twoway \
    && /twoway/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY adapters adapters
COPY alembic alembic
COPY bot bot
COPY models models
COPY sandbox sandbox
RUN /make/bin/hatchling build -t wheel \
    && /twoway/bin/pip install --no-cache-dir --no-deps --no-index dist/*.whl

FROM python:3.13-slim
RUN groupadd --system --gid 10001 twoway \
    && useradd --system --create-home --home-dir /data --shell /usr/sbin/nologin --uid 10001 --gid 10001 twoway
COPY --from=build /twoway /twoway
ENV PATH=/twoway/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TWOWAY_CONFIG=/data/twoway.toml
# By number, so that who runs it can see that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD \
    ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["twoway"]
CMD ["run"]
