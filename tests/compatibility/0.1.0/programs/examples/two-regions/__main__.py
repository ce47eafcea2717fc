"""One app in two regions behind one name: Route 53 fails over to the other region."""

import pulumi
import pulumi_aws as aws

from moorage import ContainerApp, EcsCluster, LoadBalancer, LoadBalancerArgs, Network

config = pulumi.Config()
domain, zone = config.require("domain"), config.require("zoneId")
regions = {"PRIMARY": pulumi.Config("aws").require("region"), "SECONDARY": config.require("standby")}
proof: aws.route53.Record | None = None
for role, region in regions.items():
    provider = aws.Provider(region, region=region)
    here = pulumi.ResourceOptions(provider=provider)
    certificate = aws.acm.Certificate(region, domain_name=domain, validation_method="DNS", opts=here)
    if proof is None:  # The record is the same for both: it proves the account's right to the domain.
        option = certificate.domain_validation_options[0]
        proof = aws.route53.Record(
            "proof",
            zone_id=zone,
            name=option.resource_record_name,
            type=option.resource_record_type,
            records=[option.resource_record_value],
            ttl=300,
        )
    issued = aws.acm.CertificateValidation(
        region,
        certificate_arn=certificate.arn,
        opts=pulumi.ResourceOptions(provider=provider, depends_on=[proof]),
    )
    network = Network(region, {}, opts=here)
    cluster = EcsCluster(region, {"arch": "arm64"}, opts=here)
    arn = issued.certificate_arn
    web: LoadBalancerArgs = {"network": network.ref, "domain": domain, "certificate_arn": arn}
    balancer = LoadBalancer(region, web, opts=here)
    ContainerApp(
        f"app-{region}",
        {
            "cluster": cluster.ref,
            "network": network.ref,
            "load_balancer": balancer.ref,
            "build": {"context": "app"},
            "user": "10001:10001",
            "count": 2,
        },
        opts=here,
    )
    balancer_zone = aws.lb.get_hosted_zone_id_output(region=region).id
    aws.route53.Record(
        f"{domain}-{region}",
        zone_id=zone,
        name=domain,
        type="A",
        set_identifier=region,
        failover_routing_policies=[{"type": role}],
        # Healthy while a target group of the balancer has healthy targets.
        aliases=[{"name": balancer.dns_name, "zone_id": balancer_zone, "evaluate_target_health": True}],
    )
pulumi.export("url", f"https://{domain}")
