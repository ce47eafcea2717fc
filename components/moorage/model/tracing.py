"""Tracing: the collector beside an app's container that sends its traces to X-Ray.

It is the AWS Distro for OpenTelemetry's: AWS maintains the X-Ray daemon for security only since February 2026
("X-Ray SDK and Daemon Support timeline"). It accepts OTLP on ports 4317 (gRPC) and 4318 (HTTP), and the
protocol of X-Ray's own SDKs on UDP port 2000.
"""

from .choices import NetworkMode
from .containers import Container, companion

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
"""Traces only: the image's own configurations either exclude X-Ray SDKs or include metrics."""

_RESERVED_MEMORY = 64


def traced(container: Container, network_mode: NetworkMode) -> tuple[Container, Container]:
    """Return a container that sends its traces to a collector, and the collector.

    The container's own variables take precedence. Containers of an awsvpc task share localhost; with bridge
    networking a link gives the collector a name.
    """
    host = "localhost" if network_mode is NetworkMode.AWSVPC else COLLECTOR
    links = (*container.links, COLLECTOR) if network_mode is NetworkMode.BRIDGE else container.links
    environment = {
        "AWS_XRAY_DAEMON_ADDRESS": f"{host}:2000",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{host}:4318",
        "OTEL_PROPAGATORS": "xray",
        **container.environment,
    }
    return container._replace(environment=environment, links=links), _collector()


def _collector() -> Container:
    """Return the collector's container; the app runs without it, and has precedence for memory."""
    settings = {
        "image": IMAGE,
        "essential": False,
        "environment": {"AOT_CONFIG_CONTENT": _CONFIG},
        "memory_reservation": _RESERVED_MEMORY,
        # Its image has a binary and no user; it needs neither root nor a file to write.
        "user": "10001:10001",
        "read_only": True,
    }
    return companion(COLLECTOR, settings, firelens=False)
