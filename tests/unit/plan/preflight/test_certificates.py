from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from support.fixtures import Found, MadeProgram
from support.preflight_programs import World

ARN = "arn:aws:acm:{}:123456789012:certificate/one"


def https(certificate: Any) -> Any:
    return lambda world: {"port": 443, "protocol": "HTTPS", "certificate_arn": certificate(world)}


def elsewhere(world: World) -> Any:
    provider = aws.Provider("elsewhere", region="eu-west-1")
    opts = pulumi.ResourceOptions(provider=provider)
    return aws.acm.Certificate("certificate", domain_name="notes.example.com", opts=opts).arn


@pytest.mark.parametrize(
    ("certificate", "good"),
    [
        (lambda _: ARN.format("eu-west-1"), False),
        (lambda _: ARN.format("us-east-1"), True),
        (elsewhere, False),
    ],
)
def test_a_certificate_of_another_region(
    fargate: MadeProgram, found: Found, preview: bool, certificate: Any, good: bool
) -> None:
    # A preview does not know the region of a balancer that the stack's own provider makes.
    expected = [] if good or preview else [("error", "certificate-region", "listener")]
    assert found(fargate(listener=https(certificate)), preview) == expected


def test_a_preview_knows_the_regions_of_explicit_providers(
    fargate: MadeProgram, found: Found, preview: bool
) -> None:
    listener = https(lambda _: ARN.format("eu-west-1"))
    regional = fargate(listener=lambda world: {**listener(world), "region": "us-east-1"})
    assert found(regional, preview) == [("error", "certificate-region", "listener")]


def issued(*names: str, validated: bool = False, further: bool = False) -> Any:
    def certificate(world: World) -> Any:
        made = aws.acm.Certificate(
            "certificate",
            domain_name=names[0],
            subject_alternative_names=list(names[1:]),
            validation_method="DNS",
        )
        if not validated:
            return made.arn
        return aws.acm.CertificateValidation("valid", certificate_arn=made.arn).certificate_arn

    return https(certificate)


def for_hosts(*hosts: str, further: str | None = None) -> Any:
    def more(world: World) -> None:
        aws.lb.ListenerRule(
            "rule",
            listener_arn=world.listener.arn,
            priority=10,
            conditions=[{"host_header": {"values": list(hosts)}}],
            actions=[{"type": "forward", "target_group_arn": world.target_group.arn}],
        )
        if further:
            made = aws.acm.Certificate("further", domain_name=further)
            aws.lb.ListenerCertificate(
                "with-further", listener_arn=world.listener.arn, certificate_arn=made.arn
            )

    return more


@pytest.mark.parametrize("validated", [False, True])
@pytest.mark.parametrize(
    ("names", "host", "good"),
    [
        (["notes.example.com"], "notes.example.com", True),
        (["notes.example.com"], "Notes.Example.com", True),
        (["notes.example.com"], "api.example.com", False),
        (["notes.example.com", "api.example.com"], "api.example.com", True),
        (["*.example.com"], "api.example.com", True),
        (["*.example.com"], "example.com", False),
        (["*.example.com"], "api.eu.example.com", False),
        (["notes.example.com"], "*.example.com", True),
        (["notes.example.com"], "*.example.org", False),
    ],
)
def test_a_host_that_the_certificate_is_not_for(
    fargate: MadeProgram,
    found: Found,
    preview: bool,
    names: list[str],
    host: str,
    good: bool,
    validated: bool,
) -> None:
    program = fargate(for_hosts(host), listener=issued(*names, validated=validated))
    expected = [] if good else [("error", "certificate-coverage", "rule")]
    assert found(program, preview) == expected


def test_further_certificates_of_a_listener(fargate: MadeProgram, found: Found, preview: bool) -> None:
    listener = issued("notes.example.com")
    assert (
        found(fargate(for_hosts("api.example.com", further="api.example.com"), listener=listener), preview)
        == []
    )
    other = fargate(for_hosts("api.example.com", further="web.example.com"), listener=listener)
    assert found(other, preview) == [("error", "certificate-coverage", "rule")]
    given = https(lambda _: ARN.format("us-east-1"))
    assert found(fargate(for_hosts("api.example.com"), listener=given), preview) == []


def validated_in(*zones: dict[str, Any]) -> Any:
    """Issue a certificate, with a record of its proof in each of the zones."""

    def program() -> None:
        certificate = aws.acm.Certificate("api", domain_name="api.corp.example", validation_method="DNS")
        option = certificate.domain_validation_options[0]
        for number, inputs in enumerate(zones):
            zone = aws.route53.Zone(f"zone-{number}", name="corp.example", **inputs)
            aws.route53.Record(
                f"proof-{number}",
                zone_id=zone.zone_id,
                name=option.resource_record_name,
                type=option.resource_record_type,
                records=[option.resource_record_value],
                ttl=60,
            )

    return program


PRIVATE: dict[str, Any] = {"vpcs": [{"vpc_id": "vpc-1"}]}


@pytest.mark.parametrize(
    ("zones", "good"),
    [([PRIVATE], False), ([{}], True), ([PRIVATE, {}], True), ([PRIVATE, PRIVATE], False), ([], True)],
)
def test_a_certificate_validated_in_a_private_zone_is_never_issued(
    found: Found, preview: bool, zones: list[dict[str, Any]], good: bool
) -> None:
    """ "AWS Certificate Manager DNS validation": ACM reads the record from public DNS."""
    expected = [] if good else [("error", "certificate-private-zone", "api")]
    assert found(validated_in(*zones), preview) == expected
