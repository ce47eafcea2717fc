"""Each verb on a scripted AWS, for people and for machines."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from support import running_app as words
from support.fixtures import RunMoorage
from support.scripted_aws import ScriptedAws

from moorage.console import Printer
from moorage.operate import verbs
from moorage.operate.place import TaskRow


def stopped(code: int = 1) -> dict[str, Any]:
    """A task of deployment 7 that crashed."""
    return words.task(
        9,
        lastStatus="STOPPED",
        startedBy=f"ecs-svc/{7:019}",
        stopCode="EssentialContainerExited",
        stoppedReason="Essential container in task exited",
        createdAt=words.ago(20),
        stoppedAt=words.ago(10),
        containers=[{"name": "notes", "exitCode": code}],
    )


def crashing(scripted: ScriptedAws) -> None:
    """Deployment 7 was rolled back to revision 6, because its tasks crashed."""
    gone = stopped()
    scripted.answers |= {
        "DescribeServices": {"services": [words.service(words.deployment(8, words.OLD))]},
        "ListServiceDeployments": {
            "serviceDeployments": [
                words.past(
                    7, "ROLLBACK_SUCCESSFUL", "Service deployment rolled back by circuit breaker.", 90
                ),
                words.past(6, "SUCCESSFUL", at=900),
            ]
        },
        "DescribeServiceDeployments": lambda asked: {
            "serviceDeployments": [
                words.past(7, "ROLLBACK_SUCCESSFUL", "Service deployment rolled back by circuit breaker.", 90)
            ]
        },
        "ListTasks": lambda asked: {
            "taskArns": [gone["taskArn"]] if asked.get("desiredStatus") == "STOPPED" else []
        },
        "DescribeTasks": {"tasks": [gone]},
        "GetLogEvents": {"events": [{"timestamp": 0, "message": "no database here\n"}]},
    }


def test_status_of_a_healthy_app(moorage_on_aws: RunMoorage) -> None:
    shown = moorage_on_aws("status")
    assert shown.code == 0
    assert shown.out.startswith("notes: healthy; notes:7: 2/2 tasks running\n")
    assert "healthy  1" in shown.out
    assert "reached a steady state" in shown.out
    found = json.loads(moorage_on_aws("status", "--json").out)
    assert (found["version"], found["verb"], found["place"]["kind"]) == (1, "status", "aws")
    (app,) = found["apps"]
    assert (app["app"], app["state"], app["problems"]) == ("notes", "healthy", [])
    assert [item["revision"] for item in app["deployments"]] == ["notes:7"]
    assert [item["status"] for item in app["earlier"]] == ["SUCCESSFUL", "SUCCESSFUL"]


def test_status_after_a_rollback_is_unhealthy(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    crashing(scripted)
    shown = moorage_on_aws("status")
    assert shown.code == 1
    assert "the last rollout, of notes:7, failed; run `moorage why notes` for the reason" in shown.out
    assert json.loads(moorage_on_aws("status", "--json").out)["apps"][0]["state"] == "unhealthy"


def test_status_says_what_it_could_not_ask(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    scripted.answers["ListServiceDeployments"] = words.denied("ecs:ListServiceDeployments")
    shown = moorage_on_aws("status")
    assert shown.code == 0
    assert "not known: earlier deployments: ecs:ListServiceDeployments is not allowed" in shown.out


def test_status_while_a_rollout_goes_on(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    going = words.deployment(8, words.NEW, "IN_PROGRESS", runningCount=1, pendingCount=1)
    scripted.answers["DescribeServices"] = {"services": [words.service(going)]}
    shown = moorage_on_aws("status")
    assert (shown.code, "notes: deploying; notes:7: 1/2 tasks running, 1 starting" in shown.out) == (0, True)


def test_status_of_too_few_tasks_and_unhealthy_targets(
    moorage_on_aws: RunMoorage, scripted: ScriptedAws
) -> None:
    scripted.answers["DescribeServices"] = {
        "services": [words.service(words.deployment(7, words.NEW, runningCount=1))]
    }
    scripted.targets = [("unhealthy", "", "Health checks failed with these codes: [404]")]
    found = json.loads(moorage_on_aws("status", "--json").out)["apps"][0]
    assert found["problems"] == ["1 of 2 tasks run", "1 unhealthy target"]
    assert found["targets"][0]["reason"] == "Health checks failed with these codes: [404]"


def test_status_of_a_service_that_is_gone(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    scripted.answers["DescribeServices"] = {"services": [], "failures": [{"reason": "MISSING"}]}
    shown = moorage_on_aws("status")
    assert (shown.code, "the service is gone" in shown.out) == (1, True)


def test_states_that_aws_adds_later_are_shown_as_they_are(
    moorage_on_aws: RunMoorage, scripted: ScriptedAws
) -> None:
    primary = words.deployment(7, words.NEW, "LATER_ROLLOUT")
    earlier = words.deployment(6, words.OLD, "COMPLETED", status="LATER_DEPLOYMENT")
    scripted.answers |= {
        "DescribeServices": {"services": [words.service(primary, earlier, status="LATER_SERVICE")]},
        "ListServiceDeployments": {
            "serviceDeployments": [words.past(7, "LATER_SHIFT"), words.past(6, "SUCCESSFUL", at=900)]
        },
        "DescribeTasks": {"tasks": [words.task(1, lastStatus="LATER_TASK", healthStatus="LATER_HEALTH")]},
    }
    scripted.targets = [("later.target", "", "")]
    shown = moorage_on_aws("status")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("notes: healthy; notes:7: 2/2 tasks running, draining 2\n")
    for state in ("LATER_ROLLOUT", "LATER_DEPLOYMENT", "LATER_SHIFT", "later.target"):
        assert state in shown.out
    (app,) = json.loads(moorage_on_aws("status", "--json").out)["apps"]
    assert [(item["status"], item["rollout_state"]) for item in app["deployments"]] == [
        ("PRIMARY", "LATER_ROLLOUT"),
        ("LATER_DEPLOYMENT", "COMPLETED"),
    ]
    assert [item["status"] for item in app["earlier"]] == ["LATER_SHIFT", "SUCCESSFUL"]
    assert [item["state"] for item in app["targets"]] == ["later.target"]

    scripted.targets = []
    (row,) = json.loads(moorage_on_aws("ps", "--json").out)["tasks"]
    assert (row["status"], row["health"]) == ("LATER_TASK", "LATER_HEALTH")
    assert moorage_on_aws("why").out == "notes: nothing failed: notes:7 is running, 2/2 tasks\n"


def test_why_when_nothing_failed(moorage_on_aws: RunMoorage) -> None:
    shown = moorage_on_aws("why")
    assert shown.code == 0
    assert shown.out == "notes: nothing failed: notes:7 is running, 2/2 tasks\n"
    assert json.loads(moorage_on_aws("why", "--json").out)["apps"] == [
        {"app": "notes", "failed": False, "failure": None}
    ]


def test_why_after_a_rollback(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    crashing(scripted)
    shown = moorage_on_aws("why")
    assert shown.code == 1
    assert shown.out.splitlines()[:3] == [
        "notes: notes:7 was rolled back, notes:6 is running: Service deployment rolled back by circuit "
        "breaker.",
        "most likely: the container exits with code 1 soon after it starts",
        "what to do: see its last log lines below; if there are none, run the image by hand",
    ]
    assert "  no database here" in shown.out
    (app,) = json.loads(moorage_on_aws("why", "--json").out)["apps"]
    failure = app["failure"]
    assert (app["failed"], failure["rule"], failure["revision"]) == (True, "crash", "notes:7")
    assert failure["stopped_tasks"][0]["containers"] == [{"name": "notes", "exit_code": 1, "reason": ""}]
    assert failure["log"] == ["no database here"]


def test_why_of_a_failure_that_is_over(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    crashing(scripted)
    failed = scripted.answers["ListServiceDeployments"]["serviceDeployments"][0]
    scripted.answers["DescribeServices"] = {"services": [words.service(words.deployment(9, words.NEW))]}
    scripted.answers["ListServiceDeployments"] = {
        "serviceDeployments": [words.past(9, "SUCCESSFUL", at=10), failed]
    }
    shown = moorage_on_aws("why")
    assert shown.code == 0
    assert "healthy now. The last failure began 1m ago:\nnotes:7 " in shown.out


def test_why_of_a_failure_that_a_later_revision_mended(
    moorage_on_aws: RunMoorage, scripted: ScriptedAws
) -> None:
    crashing(scripted)
    failed = scripted.answers["ListServiceDeployments"]["serviceDeployments"][0]
    newer = words.deployment(9, words.NEW.replace(":7", ":9"))
    scripted.answers["DescribeServices"] = {"services": [words.service(newer)]}
    scripted.answers["ListServiceDeployments"] = {
        "serviceDeployments": [words.past(9, "SUCCESSFUL", at=10), failed]
    }
    shown = moorage_on_aws("why")
    assert shown.code == 0
    assert shown.out.splitlines()[1:3] == [
        "notes:7 was rolled back, notes:9 is running: Service deployment rolled back by circuit breaker.",
        "most likely: the container exits with code 1 soon after it starts",
    ]


def test_why_while_a_rollout_goes_on(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    going = words.deployment(8, words.NEW, "IN_PROGRESS", runningCount=1)
    scripted.answers["DescribeServices"] = {"services": [words.service(going)]}
    assert moorage_on_aws("why").out == "notes: nothing failed: notes:7 is being deployed, 1/2 tasks\n"


def test_why_of_tasks_that_stop_later(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    crashing(scripted)
    running = words.deployment(7, words.NEW, runningCount=1, createdAt=words.ago(900))
    scripted.answers["DescribeServices"] = {"services": [words.service(running)]}
    scripted.answers["ListServiceDeployments"] = {"serviceDeployments": [words.past(7, "SUCCESSFUL", at=900)]}
    shown = moorage_on_aws("why")
    assert shown.code == 1
    assert shown.out.startswith("notes: notes:7: 1/2 tasks running, but tasks stopped since\nmost likely: ")


def test_why_of_a_rollout_that_gets_nowhere(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    going = words.deployment(8, words.NEW, "IN_PROGRESS", runningCount=0)
    message = (
        "(service notes) was unable to place a task because no container instance met all of its "
        "requirements. The closest matching (container-instance 1) has insufficient memory available."
    )
    event = {"id": "e", "createdAt": words.ago(1), "message": message}
    scripted.answers["DescribeServices"] = {"services": [words.service(going, events=[event])]}
    scripted.answers["ListServiceDeployments"] = {"serviceDeployments": [words.past(8, "IN_PROGRESS")]}
    scripted.answers["DescribeServiceDeployments"] = {"serviceDeployments": []}
    shown = moorage_on_aws("why")
    assert shown.code == 1
    assert "most likely: no instance has room for the task: insufficient memory available" in shown.out


def test_ps(moorage_on_aws: RunMoorage) -> None:
    shown = moorage_on_aws("ps")
    header, row = shown.out.splitlines()
    assert header.split() == ["APP", "TASK", "REVISION", "STATUS", "HEALTH", "ADDRESS", "ZONE", "STARTED"]
    assert row.split()[:7] == [
        "notes", "00000000", "notes:7", "RUNNING", "HEALTHY", "10.0.0.1", "eu-central-1a",
    ]  # fmt: skip
    (found,) = json.loads(moorage_on_aws("ps", "--json").out)["tasks"]
    assert found["id"] == f"{1:032x}"
    assert not {"instance", "restarts"} & set(found)


def test_ps_of_more_tasks_than_a_page_and_a_question_take(
    moorage_on_aws: RunMoorage, scripted: ScriptedAws
) -> None:
    arns = [words.task(number)["taskArn"] for number in range(230)]

    def page(asked: dict[str, Any]) -> dict[str, Any]:
        start = int(asked.get("nextToken", "0"))
        more = {"nextToken": str(start + 100)} if start + 100 < len(arns) else {}
        return {"taskArns": arns[start : start + 100], **more}

    scripted.answers["ListTasks"] = page
    assert len(json.loads(moorage_on_aws("ps", "--json").out)["tasks"]) == 230
    assert [len(asked["tasks"]) for asked in scripted.asked("DescribeTasks")] == [100, 100, 30]


def test_ps_of_tasks_on_instances(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    on_instance = words.task(
        1,
        attachments=[],
        containerInstanceArn=f"{words.ARN}:container-instance/main/1",
        containers=[{"name": "notes", "networkBindings": [{"hostPort": 32768, "containerPort": 8080}]}],
        healthStatus="HEALTHY",
    )
    scripted.answers["DescribeTasks"] = {"tasks": [on_instance]}
    scripted.answers["DescribeContainerInstances"] = {
        "containerInstances": [
            {"containerInstanceArn": on_instance["containerInstanceArn"], "ec2InstanceId": "i-0abc"}
        ]
    }
    (found,) = json.loads(moorage_on_aws("ps", "--json").out)["tasks"]
    assert (found["address"], found["health"]) == ("i-0abc:32768", "HEALTHY")
    assert found["instance"] == "i-0abc"
    header, row = moorage_on_aws("ps").out.splitlines()
    assert (header.split()[-1], row.split()[-1]) == ("INSTANCE", "i-0abc")


def interfaces(*associations: tuple[str, str]) -> str:
    """Return an answer of DescribeNetworkInterfaces: ids of interfaces, with their public addresses."""
    items = "".join(
        f"<item><networkInterfaceId>{name}</networkInterfaceId>"
        f"{f'<association><publicIp>{address}</publicIp></association>' if address else ''}</item>"
        for name, address in associations
    )
    return (
        '<DescribeNetworkInterfacesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        f"<networkInterfaceSet>{items}</networkInterfaceSet></DescribeNetworkInterfacesResponse>"
    )


@pytest.fixture
def public(scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch) -> ScriptedAws:
    """Two tasks of an app with a port and without a load balancer; the first has a public address."""
    state = words.state()
    definition, service = state["deployment"]["resources"][2:4]
    listening = [item | {"portMappings": [{"containerPort": 8080}]} for item in words.CONTAINERS[1:]]
    definition["outputs"]["containerDefinitions"] = json.dumps(listening)
    service["outputs"]["loadBalancers"] = []
    monkeypatch.setattr("moorage.operate.pulumi.state.exported", lambda project, name: state)
    enabled = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "ENABLED"}}
    described = words.service(words.deployment(7, words.NEW), loadBalancers=[], networkConfiguration=enabled)
    tasks = [words.task(number) for number in (1, 2)]
    for number, task in enumerate(tasks, 1):
        task["attachments"][0]["details"].append({"name": "networkInterfaceId", "value": f"eni-{number}"})
    scripted.answers |= {
        "DescribeServices": {"services": [described]},
        "ListTasks": {"taskArns": [task["taskArn"] for task in tasks]},
        "DescribeTasks": {"tasks": tasks},
        "DescribeNetworkInterfaces": interfaces(("eni-1", "203.0.113.7"), ("eni-2", "")),
    }
    return scripted


def test_the_address_of_a_public_task(moorage_on_aws: RunMoorage, public: ScriptedAws) -> None:
    _, first, second = moorage_on_aws("ps").out.splitlines()
    assert "  203.0.113.7:8080, 10.0.0.1  " in first
    assert "  10.0.0.2  " in second
    assert "203" not in second
    tasks = json.loads(moorage_on_aws("ps", "--json").out)["tasks"]
    assert [(task["address"], task["public_addresses"]) for task in tasks] == [
        ("10.0.0.1", ["203.0.113.7:8080"]),
        ("10.0.0.2", []),
    ]
    shown = moorage_on_aws("status")
    assert (shown.code, shown.out.splitlines()[1]) == (0, "  reached at 203.0.113.7:8080")
    (found,) = json.loads(moorage_on_aws("status", "--json").out)["apps"]
    assert (found["addresses"], found["not_known"]) == (["203.0.113.7:8080"], [])


def test_a_task_with_several_ports_on_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    ports = ("127.0.0.1:24081", "127.0.0.1:24082")
    row = TaskRow("a" * 32, "db:1", "RUNNING", "HEALTHY", ", ".join(ports), "eu-west-1a", None, ports)
    here: Any = SimpleNamespace(kind="local", name="shop", apps=["db"], tasks=lambda app: [row])
    verbs.ps(here, Printer(), None)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("db ")]
    assert "  127.0.0.1:24081, 127.0.0.1:24082  eu-west-1a" in line


def test_public_addresses_that_may_not_be_seen(moorage_on_aws: RunMoorage, public: ScriptedAws) -> None:
    public.answers["DescribeNetworkInterfaces"] = words.Failure("UnauthorizedOperation", status=403)
    assert [task["public_addresses"] for task in json.loads(moorage_on_aws("ps", "--json").out)["tasks"]] == [
        [],
        [],
    ]
    public.answers["ListTasks"] = words.denied("ecs:ListTasks")
    shown = moorage_on_aws("status")
    assert (shown.code, "not known: addresses: ecs:ListTasks is not allowed\n" in shown.out) == (0, True)


def test_addresses_are_asked_only_where_there_may_be_one(
    moorage_on_aws: RunMoorage, scripted: ScriptedAws, public: ScriptedAws
) -> None:
    (service,) = public.answers["DescribeServices"]["services"]
    service["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] = "DISABLED"
    assert moorage_on_aws("status").code == 0
    assert scripted.asked("ListTasks") == []
    scripted.answers["DescribeServices"] = {"services": [words.service(words.deployment(7, words.NEW))]}
    assert moorage_on_aws("status").code == 0
    assert scripted.asked("ListTasks") == []


def test_ps_without_the_right_to_see_targets(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    scripted.answers["DescribeTargetHealth"] = words.Failure("AccessDenied", "no", 403)
    assert json.loads(moorage_on_aws("ps", "--json").out)["tasks"][0]["health"] == "UNKNOWN"


def test_scale(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    def services(_: dict[str, Any]) -> dict[str, Any]:
        wanted = scripted.asked("UpdateService")
        looks = len(scripted.asked("DescribeServices"))
        count = wanted[0]["desiredCount"] if wanted else 2
        now = words.deployment(7, words.NEW, desiredCount=count, runningCount=min(count, looks))
        return {"services": [words.service(now)]}

    scripted.answers |= {"DescribeServices": services, "UpdateService": {}}
    shown = moorage_on_aws("scale", "notes", "4")
    assert shown.code == 0
    assert "notes: 2/4 tasks running" in shown.out
    assert shown.out.splitlines()[-1] == (
        "notes: 4 task(s), until the next `pulumi up` that changes its count, or `pulumi up --refresh`"
    )
    (asked,) = scripted.asked("UpdateService")
    assert (asked["service"], asked["desiredCount"]) == ("notes-1a2b", 4)
    assert json.loads(moorage_on_aws("scale", "notes", "4", "--json").out)["count"] == 4


def test_scale_of_an_autoscaled_app(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    scripted.answers["DescribeScalableTargets"] = {
        "ScalableTargets": [
            {
                "ServiceNamespace": "ecs",
                "ResourceId": "service/main/notes-1a2b",
                "ScalableDimension": "ecs:service:DesiredCount",
                "MinCapacity": 2,
                "MaxCapacity": 5,
                "RoleARN": "r",
                "CreationTime": words.ago(1),
            }
        ]
    }
    refused = moorage_on_aws("scale", "notes", "9")
    assert (refused.code, "notes is autoscaled from 2 to 5 and would revert 9 at once" in refused.err) == (
        1,
        True,
    )
    assert not scripted.asked("UpdateService")
    scripted.answers["UpdateService"] = {}
    warned = moorage_on_aws("scale", "notes", "2")
    assert (warned.code, "warning: notes is autoscaled from 2 to 5" in warned.err) == (0, True)


def test_scale_where_autoscaling_may_not_be_asked(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    action = "application-autoscaling:DescribeScalableTargets"
    scripted.answers |= {"DescribeScalableTargets": words.denied(action), "UpdateService": {}}
    done = moorage_on_aws("scale", "notes", "2")
    assert (done.code, f"notes: unknown whether it is autoscaled: {action} is not allowed" in done.err) == (
        0,
        True,
    )


def test_scale_of_a_daemon(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    daemon = words.service(words.deployment(7, words.NEW), schedulingStrategy="DAEMON")
    scripted.answers["DescribeServices"] = {"services": [daemon]}
    refused = moorage_on_aws("scale", "notes", "2")
    assert (refused.code, "one task on every instance" in refused.err) == (1, True)


def test_an_app_that_is_not_there(moorage_on_aws: RunMoorage) -> None:
    for verb in (("status",), ("why",), ("ps",), ("logs",), ("exec",)):
        refused = moorage_on_aws(*verb, "note")
        assert (refused.code, "did you mean notes?" in refused.err) == (2, True), verb


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (
            ("AccessDeniedException", "... is not authorized to perform: ecs:DescribeServices on x"),
            "ecs:Describe",
        ),
        (("ExpiredTokenException", "The security token included in the request is expired"), "aws sso login"),
        (("ThrottlingException", "Rate exceeded"), "error: ThrottlingException: Rate exceeded\nhint: AWS"),
    ],
)
def test_what_aws_does_not_tell(
    moorage_on_aws: RunMoorage, scripted: ScriptedAws, failure: tuple[str, str], text: str
) -> None:
    scripted.answers["DescribeServices"] = words.Failure(*failure)
    for verb in ("status", "why", "rollback"):
        shown = moorage_on_aws(verb)
        assert (shown.code, text in shown.err) == (3, True), shown.err
