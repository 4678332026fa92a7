# syntax=docker/dockerfile:1

# Two images from one static binary:
#
#   docker build --target plain    -t daymark .            no browser checks
#   docker build --target chromium -t daymark:chromium .   with Chromium
#
# Both run as user 65532, keep their state in /data and expect their
# configuration at /etc/daymark/daymark.yaml:
#
#   docker run -p 8080:8080 -v daymark:/data \
#     -v ./daymark.yaml:/etc/daymark/daymark.yaml:ro daymark
#
# Inside, the server has to listen on port 8080 of all addresses, and
# server.data has to lie in /data.

FROM golang:1.26-bookworm AS build
WORKDIR /src
# The libraries are a layer of their own, which a change of code keeps.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags='-s -w' -o /out/daymark ./cmd/daymark
# What an image without a distribution lacks: a folder for state that its user
# may write to, a place for temporary files, and the name of that user.
RUN mkdir -p /out/rootfs/data /out/rootfs/tmp /out/rootfs/etc/daymark \
	&& chown 65532:65532 /out/rootfs/data \
	&& chmod 1777 /out/rootfs/tmp \
	&& echo 'daymark:x:65532:65532:Daymark:/data:/sbin/nologin' > /out/rootfs/etc/passwd \
	&& echo 'daymark:x:65532:' > /out/rootfs/etc/group

# ----------------------------------------------------------------------------
# With Chromium. Its sandbox needs user namespaces, which Docker's default
# seccomp profile refuses: run it with a profile that allows them.
FROM debian:bookworm-slim AS chromium
RUN apt-get update \
	&& apt-get install -y --no-install-recommends \
		ca-certificates chromium chromium-sandbox fonts-dejavu-core fonts-noto-core tini tzdata \
	&& rm -rf /var/lib/apt/lists/* \
	&& groupadd --gid 65532 daymark \
	&& useradd --uid 65532 --gid 65532 --home-dir /data --no-create-home --shell /usr/sbin/nologin daymark \
	&& install -d -o 65532 -g 65532 /data \
	&& install -d /etc/daymark
COPY --from=build /out/daymark /usr/local/bin/daymark
ENV HOME=/data
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
	CMD ["/usr/local/bin/daymark", "health", "--url", "http://127.0.0.1:8080/healthz"]
# tini is there for Chromium's children, which outlive their parents for a
# moment and have to be waited for by the first process.
ENTRYPOINT ["/usr/bin/tini", "--", "/usr/local/bin/daymark"]
CMD ["serve", "--config", "/etc/daymark/daymark.yaml"]

# ----------------------------------------------------------------------------
# Without: the binary, which brings its time zones, certificates, and nothing
# else. It is
# last, so that it is what a build without --target gives.
FROM scratch AS plain
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/rootfs/etc /etc
COPY --from=build --chown=65532:65532 /out/rootfs/data /data
COPY --from=build /out/rootfs/tmp /tmp
COPY --from=build /out/daymark /usr/local/bin/daymark
ENV HOME=/data PATH=/usr/local/bin
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
	CMD ["/usr/local/bin/daymark", "health", "--url", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["/usr/local/bin/daymark"]
CMD ["serve", "--config", "/etc/daymark/daymark.yaml"]
