"""Ports that a service listens on although the file does not name them: those that its image exposes.

On a Compose network every port of a container can be reached; Service Connect only offers ports that the
task definition has.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from moorage.compose_file.services import ComposeService, tcp_ports
from moorage.model import dockerfile
from moorage.model.choices import NetworkMode
from moorage.model.fields.container import MAX_PORTS
from moorage.model.later import is_later

_POSTGRES, _REDIS, _HTTP, _KAFKA = (5432,), (6379,), (80,), (9092,)

KNOWN: dict[str, tuple[int, ...]] = {
    **{"adminer": (8080,), "amazon/dynamodb-local": (8000,), "apache/kafka": _KAFKA},
    **{"axllent/mailpit": (1025, 8025), "bitnami/kafka": _KAFKA, "bitnami/mariadb": (3306,)},
    **{"bitnami/mongodb": (27017,), "bitnami/mysql": (3306,), "bitnami/postgresql": _POSTGRES},
    **{"bitnami/redis": _REDIS, "caddy": (80, 443), "cassandra": (9042,)},
    **{"clickhouse/clickhouse-server": (8123, 9000), "confluentinc/cp-kafka": _KAFKA},
    **{"confluentinc/cp-zookeeper": (2181,), "couchdb": (5984,), "dpage/pgadmin4": (80, 443)},
    **{"eclipse-mosquitto": (1883,), "elasticsearch": (9200, 9300)},
    **{"elasticsearch/elasticsearch": (9200, 9300), "ghost": (2368,), "gitea/gitea": (3000, 22)},
    **{"grafana/grafana": (3000,), "grafana/loki": (3100,), "hashicorp/vault": (8200,), "httpd": _HTTP},
    **{"influxdb": (8086,), "keycloak/keycloak": (8080, 8443), "kibana": (5601,), "kibana/kibana": (5601,)},
    **{"localstack/localstack": (4566,), "logstash": (5044, 9600), "logstash/logstash": (5044, 9600)},
    **{"mailhog/mailhog": (1025, 8025), "mariadb": (3306,), "memcached": (11211,), "minio/minio": (9000,)},
    **{"mongo": (27017,), "mongo-express": (8081,), "mssql/server": (1433,), "mysql": (3306, 33060)},
    **{"mysql/mysql-server": (3306, 33060), "nats": (4222, 8222, 6222), "neo4j": (7474, 7687)},
    **{"nextcloud": _HTTP, "nginx": _HTTP, "nginxinc/nginx-unprivileged": (8080,)},
    **{"opensearchproject/opensearch": (9200, 9600), "opensearchproject/opensearch-dashboards": (5601,)},
    **{"pgvector/pgvector": _POSTGRES, "phpmyadmin": _HTTP, "phpmyadmin/phpmyadmin": _HTTP},
    **{"postgis/postgis": _POSTGRES, "postgres": _POSTGRES, "prom/alertmanager": (9093,)},
    **{"prom/prometheus": (9090,), "rabbitmq": (5672,), "redis": _REDIS, "redis/redis-stack-server": _REDIS},
    **{"solr": (8983,), "timescale/timescaledb": _POSTGRES, "tomcat": (8080,), "traefik": _HTTP},
    **{"valkey/valkey": _REDIS, "wordpress": _HTTP, "zookeeper": (2181,)},
}
"""TCP ports of common images, by name without registry (EXPOSE in the Dockerfiles that Docker Hub, Elastic,
Microsoft and Quay link for each image; of Kafka, MinIO and DynamoDB local their documented default)."""

_OF_VARIANTS = (
    ("php", "fpm", (9000,)),
    ("php", "apache", _HTTP),
    ("nextcloud", "fpm", (9000,)),
    ("wordpress", "fpm", (9000,)),
    ("rabbitmq", "management", (5672, 15672)),
)
"""Ports of variants of an image, which a part of the tag names."""

_REFERENCE = re.compile(
    r"(?:(?:[\w-]+\.[\w.-]+|localhost|[\w.-]+:\d+)/)?(?:docker/)?(?:library/)?"
    r"(?P<name>[^:@]+)(?::(?P<tag>[^@]+))?(?:@.+)?"
)


def known_ports(image: str) -> tuple[int, ...]:
    """Return the TCP ports of a common image, by its reference."""
    match = _REFERENCE.fullmatch(image)
    if match is None:
        return ()
    for name, variant, ports in _OF_VARIANTS:
        if name == match["name"] and variant in (match["tag"] or "").split("-"):
            return ports
    return KNOWN.get(match["name"], ())


def add_exposed_ports(service: ComposeService) -> None:
    """Add the TCP ports of a service's image, at which others may reach it by its name."""
    target, is_alone = service.target, len(service.context.services) < 2
    if is_alone or target.one_task or target.network_mode is not NetworkMode.AWSVPC:
        return
    image = "image" if "image" in service.args else "build"
    source = service.node.find([image])
    key, node = service.places.get("ports", (image, source))
    for port in _exposed(service):
        if port not in tcp_ports(service) and len(service.args.get("ports", ())) < MAX_PORTS:
            service.add("ports", {"port": port}, node, key, source)


def _exposed(service: ComposeService) -> tuple[int, ...]:
    image: str | None = service.args.get("image")
    if image is not None:
        return () if is_later(image) else known_ports(image)
    stage = built_stage(service.args.get("build", {}))
    return () if stage is None else (*dict.fromkeys((*stage.exposed, *known_ports(stage.base))),)


def built_stage(build: Mapping[str, Any]) -> dockerfile.Stage | None:
    """Return the stage of a Dockerfile that a build builds; None if there is none, or it cannot be read."""
    if "context" not in build:
        return None
    try:
        text = (Path(build["context"]) / build["dockerfile"]).read_text(encoding="utf-8", errors="replace")
        stages = dockerfile.stages(dockerfile.read(text), build.get("args", {}))
        return dockerfile.target_of(stages, build.get("target"))
    except (OSError, ValueError):
        return None
