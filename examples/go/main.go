package main

import (
	"github.com/moorage/pulumi-moorage/sdk/go/moorage"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(program)
}

func program(ctx *pulumi.Context) error {
	settings := config.New(ctx, "")
	level := settings.Get("level")
	if level == "" {
		level = "info"
	}

	network, err := moorage.NewNetwork(ctx, "shop", nil) // the account's default VPC
	if err != nil {
		return err
	}
	// One component is handed to another field by field.
	subnets := moorage.NetworkRefArgs{VpcId: network.VpcId, PublicSubnetIds: network.PublicSubnetIds}
	cluster, err := moorage.NewEcsCluster(ctx, "shop", nil)
	if err != nil {
		return err
	}
	where := moorage.ClusterRefArgs{Arn: cluster.Arn, Name: cluster.Name}
	balancer, err := moorage.NewLoadBalancer(ctx, "shop", &moorage.LoadBalancerArgs{Network: subnets})
	if err != nil {
		return err
	}
	front := moorage.LoadBalancerRefArgs{
		ListenerArn:     balancer.ListenerArn,
		SecurityGroupId: balancer.SecurityGroupId,
		Url:             balancer.Url,
		ArnSuffix:       balancer.ArnSuffix,
		Name:            pulumi.StringRef("shop"),
	}

	app, err := moorage.NewContainerApp(ctx, "web", &moorage.ContainerAppArgs{
		Cluster:      where,
		Network:      &subnets,
		LoadBalancer: &front,
		Image:        pulumi.String("public.ecr.aws/nginx/nginx:1.29"),
		Port:         pulumi.IntRef(80),
		Count:        pulumi.Int(2),
		Environment:  pulumi.StringMap{"LEVEL": pulumi.String(level)},
		SecretValues: map[string]pulumi.StringInput{"TOKEN": settings.RequireSecret("token")},
		HealthCheck:  &moorage.HealthCheckArgsArgs{Path: pulumi.StringRef("/"), GracePeriod: pulumi.IntRef(30)},
	})
	if err != nil {
		return err
	}
	_, err = moorage.NewComposeApp(ctx, "docs", &moorage.ComposeAppArgs{
		Cluster:      where,
		Network:      &subnets,
		LoadBalancer: &front,
		Rules:        []moorage.ComposeRuleArgsArgs{{Service: "docs", Path: pulumi.StringRef("/docs/*")}},
	})
	if err != nil {
		return err
	}
	report, err := moorage.NewJob(ctx, "report", &moorage.JobArgs{
		Cluster:  where,
		Network:  &subnets,
		Image:    pulumi.String("public.ecr.aws/docker/library/busybox:1.37"),
		Command:  []string{"echo", "nothing to report"},
		Schedule: pulumi.StringRef("cron(0 3 * * ? *)"),
		Timezone: pulumi.StringRef("Europe/Vienna"),
	})
	if err != nil {
		return err
	}

	ctx.Export("url", app.Url)
	ctx.Export("job", report.TaskDefinitionArn)
	return nil
}
