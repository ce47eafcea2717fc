"""Settings with a stand-in: the plan works before a user sets one."""

from pathlib import Path

from support.imported import evaluated, inputs

from moorage.importing.copilot.workspace import import_copilot

MANIFEST = """\
name: web
type: Load Balanced Web Service
image: {location: "${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/shop:${TAG}", port: 80}
http:
  path: /
  alias: web-${TIMENOW}.${DOMAINNAME}
  allowed_source_ips: ["${ADDRESS}/32"]
secrets: {TOKEN: "arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:token-AbCdEf"}
storage: {volumes: {data: {path: /data, efs: {id: "${FILES}"}}}}
network: {vpc: {security_groups: ["${FIRST}", "${SECOND}"]}}
"""


def test_a_program_with_settings_can_be_planned(tmp_path: Path) -> None:
    folder = tmp_path / "copilot" / "web"
    folder.mkdir(parents=True)
    (folder / "manifest.yml").write_text(MANIFEST)
    project = import_copilot(tmp_path, tmp_path / "infra", None, "us-east-1")
    assert [*project.settings][:3] == ["account", "region", "tag"]
    graph = evaluated(project, tmp_path / "infra")["dev"]
    (rule,) = inputs(graph, "aws:lb/listenerRule:ListenerRule")
    hosts = [item["hostHeader"]["values"] for item in rule["conditions"] if "hostHeader" in item]
    assert hosts == [["web-to-be-set.domainname.example.com"]]
    (service,) = inputs(graph, "aws:ecs/service:Service")
    groups = service["networkConfiguration"]["securityGroups"]
    assert len({group for group in groups if group.startswith("sg-")}) >= 2
