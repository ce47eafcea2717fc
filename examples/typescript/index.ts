import * as pulumi from "@pulumi/pulumi";
import * as moorage from "@moorage/moorage";

const config = new pulumi.Config();
const capacity = "fargate_spot" as const;

const network = new moorage.Network("shop", {}); // the account's default VPC
const cluster = new moorage.EcsCluster("shop", { capacity });
const balancer = new moorage.LoadBalancer("shop", {
    network: { vpcId: network.vpcId, publicSubnetIds: network.publicSubnetIds },
});

// One component is handed to another field by field, and what was chosen for it is repeated.
const place = {
    cluster: { arn: cluster.arn, name: cluster.name, capacity },
    network: { vpcId: network.vpcId, publicSubnetIds: network.publicSubnetIds },
};
const loadBalancer = {
    listenerArn: balancer.listenerArn,
    securityGroupId: balancer.securityGroupId,
    url: balancer.url,
    arnSuffix: balancer.arnSuffix,
    name: "shop",
};

const app = new moorage.ContainerApp("web", {
    ...place,
    loadBalancer,
    image: "public.ecr.aws/nginx/nginx:1.29",
    port: 80,
    count: 2,
    environment: { LEVEL: config.get("level") ?? "info" },
    secretValues: { TOKEN: config.requireSecret("token") },
    healthCheck: { path: "/", gracePeriod: 30 },
});

const docs = new moorage.ComposeApp("docs", {
    ...place,
    loadBalancer,
    rules: [{ service: "docs", path: "/docs/*" }],
});

const report = new moorage.Job("report", {
    ...place,
    image: "public.ecr.aws/docker/library/busybox:1.37",
    command: ["echo", "nothing to report"],
    schedule: "cron(0 3 * * ? *)",
    timezone: "Europe/Vienna",
});

export const url = app.url;
export const job = report.taskDefinitionArn;
