# The task server alone; its sidecar runs beside it. The Swift version is the toolchain's that CI builds with.
FROM swift:6.3-bookworm AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libcurl4-openssl-dev libmicrohttpd-dev libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Sources Sources
COPY Tests Tests
RUN swift build -c release --static-swift-stdlib -Xswiftc -cross-module-optimization --product task-server

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libcurl4 libmicrohttpd12 libssl3 tzdata \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/.build/release/task-server /usr/local/bin/task-server
# Requests in flight hold more blocks of a size than glibc keeps for a thread by default.
ENV GLIBC_TUNABLES=glibc.malloc.tcache_count=127
USER 65532:65532
EXPOSE 8081
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/task-server"]
CMD ["serve"]
