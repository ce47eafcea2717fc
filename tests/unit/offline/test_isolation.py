"""Evaluations do not influence each other, nor the process they run in."""

import asyncio
import contextvars
import os
import sys
import threading
import types
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime import resource
from pulumi.runtime.proto import resource_pb2

from moorage.offline import EvaluationError, ResourceGraph, evaluate, evaluating


def one_queue() -> None:
    queue = aws.sqs.Queue("jobs", tags={"stack": pulumi.get_stack()})
    pulumi.export("url", queue.url)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("import pulumi, helper\npulumi.export('count', helper.count())\n")
    (tmp_path / "helper.py").write_text("seen = []\ndef count():\n    seen.append(1)\n    return len(seen)\n")
    return tmp_path


def test_a_link_to_itself_is_not_a_module(project: Path) -> None:
    (project / "loop").symlink_to("loop")
    assert evaluate(project).outputs["count"] == 1


def test_the_same_again() -> None:
    first = evaluate(one_queue)
    assert [evaluate(one_queue) for _ in range(5)] == [first] * 5


def test_a_failure_leaves_nothing_behind() -> None:
    before = evaluate(one_queue)

    def broken() -> None:
        aws.sqs.Queue("other").arn.apply(lambda arn: 1 / 0)

    with pytest.raises(EvaluationError):
        evaluate(broken)
    assert evaluate(one_queue) == before


def test_urns_are_formed_as_the_sdk_forms_them() -> None:
    sdk = resource.create_urn

    def program() -> None:
        assert resource.create_urn is not sdk
        parent = pulumi.ComponentResource("shop:index:Till", "till")
        nested = pulumi.ComponentResource(
            "shop:index:Drawer", "drawer", opts=pulumi.ResourceOptions(parent=parent)
        )
        urn = "urn:pulumi:dev::shop::shop:index:Till$shop:index:Drawer::a::b"
        cases: list[tuple[Any, ...]] = [
            ("coin", "shop:index:Coin", parent),
            ("coin::old", "shop:index:Coin", nested),
            ("coin", "shop:index:Coin", urn),
            ("coin", "shop:index:Coin"),
            ("coin", "shop:index:Coin", None, "other", "prod"),
            (pulumi.Output.from_input("coin"), "shop:index:Coin", parent),
            ("coin", "shop:index:Coin", pulumi.Output.from_input(urn)),
        ]
        for number, case in enumerate(cases):
            pulumi.export(f"ours-{number}", resource.create_urn(*case))
            pulumi.export(f"sdk-{number}", sdk(*case))

    outputs = evaluate(program, project="shop").outputs
    ours, theirs = ([outputs[f"{whose}-{number}"] for number in range(7)] for whose in ("ours", "sdk"))
    assert ours == theirs
    assert ours[1] == "urn:pulumi:dev::shop::shop:index:Till$shop:index:Drawer$shop:index:Coin::coin::old"
    assert resource.create_urn is sdk


def test_pulumis_own_state_is_not_touched() -> None:
    def state() -> list[object]:
        s = pulumi.runtime.settings.SETTINGS
        return [s.monitor, s.project, s.stack, s.dry_run, pulumi.runtime.get_root_resource(), s.rpc_manager,
                pulumi.runtime.config.CONFIG.get()]  # fmt: skip

    before = state()
    evaluate(one_queue, project="p", stack="s", config={"a": "b"}, preview=True)
    assert state() == before


def test_mocks_that_were_set_stay_set() -> None:
    class Mocks(pulumi.runtime.Mocks):
        def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
            return "mocked", args.inputs

        def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, object]:
            return {}

    def state() -> list[object]:
        return [pulumi.runtime.settings.get_monitor(), pulumi.runtime.get_root_resource(), pulumi.get_stack()]

    async def test() -> None:
        pulumi.runtime.set_mocks(Mocks(), stack="mocked")
        before = state()
        assert evaluate(one_queue).stack == "dev"
        assert state() == before
        await asyncio.sleep(0)

    contextvars.copy_context().run(asyncio.run, test())


def test_the_process_is_put_back(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "1")
    (project / "__main__.py").write_text(
        "import os, sys\nos.environ['NEW'] = '1'\ndel os.environ['KEPT']\nos.chdir('/')\n"
        "sys.path.append('/nowhere')\nsys.argv.append('x')\nimport helper\n"
    )
    before = (os.getcwd(), dict(os.environ), list(sys.path), list(sys.argv), sys.modules["__main__"])

    evaluate(project)

    assert (os.getcwd(), dict(os.environ), list(sys.path), list(sys.argv), sys.modules["__main__"]) == before
    assert "helper" not in sys.modules


def test_modules_are_new_each_time(project: Path) -> None:
    assert [evaluate(project).outputs["count"] for _ in range(3)] == [1, 1, 1]

    (project / "helper.py").write_text("def count():\n    return 'changed'\n")
    assert evaluate(project).outputs["count"] == "changed"


def test_modules_of_the_same_name_elsewhere(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = types.ModuleType("helper")
    monkeypatch.setitem(sys.modules, "helper", ours)

    assert evaluate(project).outputs["count"] == 1
    assert sys.modules["helper"] is ours


def test_libraries_stay_imported(project: Path) -> None:
    """Only what stands in the project is forgotten, though its virtual environment may be inside it."""
    library = project / ".venv" / "site-packages"
    library.mkdir(parents=True)
    (library / "some_library.py").write_text("")
    (project / "__main__.py").write_text(
        "import sys\nsys.path.append('.venv/site-packages')\nimport some_library\n"
    )

    evaluate(project)

    assert "some_library" in sys.modules
    del sys.modules["some_library"]


def test_a_package_in_the_project_can_be_registered_again(project: Path) -> None:
    (project / "__main__.py").write_text("import sdk\n")
    (project / "sdk.py").write_text(
        "import pulumi\n"
        "class Package(pulumi.runtime.ResourcePackage):\n"
        "    def version(self): return None\n"
        "    def construct_provider(self, name, typ, urn): ...\n"
        "pulumi.runtime.register_resource_package('local', Package())\n"
    )

    evaluate(project)
    evaluate(project)


def test_from_threads() -> None:
    results: dict[str, ResourceGraph] = {}

    def work(stack: str) -> None:
        results[stack] = evaluate(one_queue, stack=stack)

    threads = [threading.Thread(target=work, args=(f"s{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for n in range(6):
        assert results[f"s{n}"].one("aws:sqs/queue:Queue").inputs["tags"] == {"stack": f"s{n}"}


def test_under_a_running_loop() -> None:
    async def caller() -> tuple[ResourceGraph, str]:
        graph = evaluate(one_queue)
        with pytest.raises(EvaluationError, match="broken"):
            evaluate(broken)
        await asyncio.sleep(0)
        return graph, "still running"

    def broken() -> None:
        raise ValueError("broken")

    graph, state = asyncio.run(caller())

    assert graph == evaluate(one_queue)
    assert state == "still running"


def test_from_a_worker_thread_of_a_running_loop() -> None:
    async def caller() -> list[ResourceGraph]:
        return await asyncio.gather(*(asyncio.to_thread(evaluate, one_queue) for _ in range(3)))

    assert asyncio.run(caller()) == [evaluate(one_queue)] * 3


def test_programs_may_use_threads_and_timers() -> None:
    def program() -> None:
        async def slowly(arn: str) -> str:
            await asyncio.sleep(0.001)
            return await asyncio.to_thread(lambda: f"{threading.current_thread() is main}")

        main = threading.current_thread()
        pulumi.export("same thread", aws.sqs.Queue("jobs").arn.apply(slowly))

    assert evaluate(program).outputs == {"same thread": "False"}


def test_a_task_that_never_ends_is_left_behind() -> None:
    tasks: list[asyncio.Task[None]] = []

    def program() -> None:
        async def forever() -> None:
            while True:
                await asyncio.sleep(60)

        tasks.append(asyncio.ensure_future(forever()))
        pulumi.export("done", True)

    assert evaluate(program).outputs == {"done": True}
    assert tasks[0].cancelled()


def test_evaluating() -> None:
    seen: list[bool] = []
    evaluate(lambda: seen.append(evaluating()))
    assert seen == [True]
    assert not evaluating()


def test_a_component_can_tell_by_the_monitor() -> None:
    seen: list[object] = []
    evaluate(lambda: seen.append(getattr(pulumi.runtime.settings.get_monitor(), "offline", False)))
    assert seen == [True]


def test_an_older_sdk_asks_for_features_one_by_one() -> None:
    def program() -> None:
        monitor = pulumi.runtime.settings.get_monitor()
        for feature in ("secrets", "outputValues"):
            answer = monitor.SupportsFeature(resource_pb2.SupportsFeatureRequest(id=feature))
            pulumi.export(feature, answer.hasSupport)

    assert evaluate(program).outputs == {"secrets": True, "outputValues": False}


def test_the_order_of_registrations_is_the_programs() -> None:
    def program() -> None:
        for n in range(20):
            aws.sqs.Queue(f"queue-{n}")

    assert [resource.name for resource in evaluate(program)] == [f"queue-{n}" for n in range(20)]
