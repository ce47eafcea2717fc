"""Tracing: the collector beside an app's container that hands its traces to X-Ray.

It is the AWS Distro for OpenTelemetry's: AWS maintains the X-Ray daemon for security only since February 2026
("X-Ray SDK and Daemon Support timeline"). It takes OTLP on ports 4317 (gRPC) and 4318 (HTTP), and what
X-Ray's own SDKs send on UDP port 2000.
"""

from collections.abc import Mapping

from .app import AppSpec
from .containers import Container, app_container, awslogs

COLLECTOR = "aws-otel-collector"
"""The name of the collector's container."""

IMAGE = "public.ecr.aws/aws-observability/aws-otel-collector:v0.45.1"

_CONFIG = """\
receivers:
  otlp:
    protocols:
      grpc: {endpoint: 0.0.0.0:4317}
      http: {endpoint: 0.0.0.0:4318}
  awsxray: {endpoint: 0.0.0.0:2000, transport: udp}
processors:
  batch: {timeout: 1s, send_batch_size: 50}
  resourcedetection: {detectors: [env, ecs, ec2]}
exporters:
  awsxray: {}
service:
  pipelines:
    traces:
      receivers: [otlp, awsxray]
      processors: [resourcedetection, batch]
      exporters: [awsxray]
"""
"""Traces only: the image's own configurations take either no X-Ray SDK's, or metrics too."""

_RESERVED_MEMORY = 64


def app_containers(
    spec: AppSpec,
    image: str,
    environment: Mapping[str, str],
    secrets: Mapping[str, str],
    log_group: str,
    region: str,
) -> list[Container]:
    """Return the containers of an app's task: its own, as `app_container` makes it, and with tracing the
    collector."""
    container = app_container(spec, image, environment, secrets, log_group, region)
    if not spec.tracing:
        return [container]
    send_traces(container, spec.network_mode)
    return [container, collector(log_group, region)]


def collector(log_group: str, region: str) -> Container:
    """Return the collector's container: without it the app goes on, and it leaves the memory to the app."""
    return Container(
        name=COLLECTOR,
        image=IMAGE,
        essential=False,
        environment={"AOT_CONFIG_CONTENT": _CONFIG},
        memory_reservation=_RESERVED_MEMORY,
        # Its image has a binary and no user: it needs neither root nor a file to write.
        user="10001:10001",
        read_only=True,
        logs=awslogs(log_group, region, COLLECTOR),
    )


def send_traces(container: Container, network_mode: str) -> None:
    """Tell an app's container where the collector is, unless its environment says so already.

    Containers of an awsvpc task share localhost; with bridge networking a link gives the collector a name.
    """
    host = "localhost" if network_mode == "awsvpc" else COLLECTOR
    if network_mode == "bridge":
        container.links = (*container.links, COLLECTOR)
    container.environment = {
        "AWS_XRAY_DAEMON_ADDRESS": f"{host}:2000",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{host}:4318",
        "OTEL_PROPAGATORS": "xray",
        **container.environment,
    }
