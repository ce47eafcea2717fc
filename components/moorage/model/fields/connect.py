"""The rows of an app's names: Service Connect and Cloud Map DNS."""

from .field import Field, Fields, Form, Range
from .shared import PORT, PORT_NAME, arn_of

_SECONDS = Range(0, unit="seconds")
_NAMESPACE = Form(r"arn:aws[a-z-]*:servicediscovery:.+:namespace/.+", "the ARN of a Cloud Map namespace")
_DNS_NAME = Form(
    r"[a-z0-9_][a-z0-9_.-]{0,126}", "1 to 127 lower-case letters, digits, dots, hyphens and underscores"
)
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"

CONNECT: Fields = {
    "connect": Field(words="disabled"),
    "connect.namespace": Field(words="the cluster's", form=_NAMESPACE),
    "connect.services": Field(words="`port` under the app's name"),
    "connect.services[].port": Field(words="the app's `port`", range=PORT),
    "connect.services[].name": Field(words="the app's", form=PORT_NAME),
    "connect.services[].aliases": Field(words="one, `name` at `port`"),
    "connect.services[].aliases[].dns_name": Field(words="the service's `name`", form=_DNS_NAME),
    "connect.services[].aliases[].port": Field(words="the service's `port`", range=PORT),
    "connect.services[].ingress_port": Field(
        words="one that ECS chooses; with bridge networking a dynamic one", range=PORT
    ),
    "connect.services[].tls.certificate_authority_arn": arn_of("acm-pca", "certificate-authority/"),
    "connect.services[].tls.role_arn": arn_of("iam", "role/"),
    "connect.services[].tls.kms_key": Field(words="the AWS managed key"),
    "connect.services[].idle_timeout": Field(words="300 for HTTP, 3600 for TCP", range=_SECONDS),
    "connect.services[].request_timeout": Field(15, range=_SECONDS),
    "connect.clients": Field(words="none; in the cluster's namespace its apps reach each other"),
    "discovery.namespace_id": Field(form=Form(r"ns-[a-z0-9]+", "ns-...")),
    "discovery.name": Field(
        words="the app's", form=Form(rf"{_LABEL}(\.{_LABEL})*", "a DNS name relative to the namespace")
    ),
    "discovery.ttl": Field(10, range=_SECONDS),
    "discovery.clients": Field(words="none; in a cluster with `namespace` its apps reach each other"),
}
