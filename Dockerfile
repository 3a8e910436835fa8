# The image of the mock server: two stages, no compiler, no pip in the result, nothing fetched when it starts.
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv --without-pip /opt/mindvideo-mock

# The dependencies are a layer of their own: they change less often than the code.
COPY pyproject.toml constraints.txt ./
RUN python -c "import tomllib; project = tomllib.load(open('pyproject.toml', 'rb'))['project']; print(*project['dependencies'], *project['optional-dependencies']['sql'], sep='\n')" > dependencies.txt \
    && python -m pip --python /opt/mindvideo-mock/bin/python install --no-compile -c constraints.txt -r dependencies.txt

# Byte code is written here and never checked again: the file system of the running container may be read-only.
# What the dependencies ship to test themselves stays behind.
COPY LICENSE README.md ./
COPY contracts contracts
COPY mockserver mockserver
RUN python -m pip --python /opt/mindvideo-mock/bin/python install --no-compile --no-deps . \
    && find /opt/mindvideo-mock/lib -type d -name tests -prune -exec rm -r {} + \
    && /opt/mindvideo-mock/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/mindvideo-mock/lib

FROM python:3.12-slim
LABEL org.opencontainers.image.title="mindvideo-mock" \
      org.opencontainers.image.description="A faithful fake of the MindVideo API: offline, deterministic, made for tests" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.authors="MindVideo mock server authors" \
      org.opencontainers.image.base.name="docker.io/library/python:3.12-slim"
# The official image comes without the byte code of the standard library, which nobody could write later.
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash \
    -x '/(ensurepip|idlelib|lib2to3|site-packages|test|tkinter|turtledemo)/' /usr/local/lib/python3.12
COPY --from=build /opt/mindvideo-mock /opt/mindvideo-mock
ENV PATH=/opt/mindvideo-mock/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MINDVIDEO_MOCK_HOST=0.0.0.0
USER 10001:10001
EXPOSE 8000
# Docker 25 has --start-interval for a quick first look, but buildah of Debian 12 refuses to build with it:
# the interval itself is short instead. compose.yaml has both.
HEALTHCHECK --interval=2s --timeout=2s --start-period=5s --retries=3 CMD ["mindvideo-mock", "healthcheck"]
ENTRYPOINT ["mindvideo-mock"]
CMD ["serve"]
