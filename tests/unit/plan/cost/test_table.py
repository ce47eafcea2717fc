"""The price table: complete, consistent, and each figure with its page and day."""

import ast
import re
from pathlib import Path

import pytest
from support.syntax import parse

from moorage.plan.cost.table import EVERYWHERE, prices, table_of

REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2", "ap-northeast-1")
TABLE, INSTANCES = table_of("aws"), table_of("ec2")
CHARGES = TABLE["charge"]

ABSENT = {
    "fargate_vcpu_arm": {"us-west-2"},
    "fargate_gb_arm": {"us-west-2"},
    "fargate_storage": set(REGIONS) - {"us-east-1"},
    "nlb": {"us-west-2", "eu-west-1", "ap-northeast-1"},
    "interface_endpoint": {"ap-southeast-2"},
    **{name: {"us-west-2", "eu-central-1", "ap-southeast-2"} for name in ("gp3_iops", "gp3_throughput")},
    "gp2": set(REGIONS) - {"eu-west-1", "ap-northeast-1"},
    **{name: set(REGIONS) - {"us-east-1", "ap-northeast-1"} for name in ("io2", "io2_iops")},
    **{name: set(REGIONS) - {"ap-northeast-1"} for name in ("io1", "io1_iops", "st1", "sc1")},
}
"""Figures that were not found; a published price of Fargate Spot is the exception, not the rule."""


def test_both_files_have_the_same_regions() -> None:
    assert tuple(TABLE["regions"]) == tuple(INSTANCES["regions"]) == REGIONS


@pytest.mark.parametrize("name", [name for name in CHARGES if not name.startswith("fargate_spot_")])
def test_every_region_has_every_charge_or_is_listed_as_absent(name: str) -> None:
    missing = {region for region in REGIONS if name not in prices(region).charges}
    assert missing == ABSENT.get(name, set())


@pytest.mark.parametrize("name", CHARGES)
def test_every_figure_is_positive_and_has_its_page_day_and_reader(name: str) -> None:
    charge = CHARGES[name]
    assert re.fullmatch(r"https://aws\.amazon\.com/[a-z0-9-]+/pricing/", charge["page"])
    assert charge["unit"].endswith(("hour", "month"))
    figures = {key: value for key, value in charge.items() if key not in ("page", "unit")}
    assert figures
    assert set(figures) <= {*REGIONS, EVERYWHERE}
    assert EVERYWHERE not in figures or len(figures) == 1
    for usd, read, by in figures.values():
        assert usd > 0
        assert re.fullmatch(r"20\d\d(-\d\d){0,2}", read)
        assert read <= TABLE["as_of"].isoformat()
        assert by in TABLE["by"]


def test_every_reader_is_used_and_the_table_is_of_the_day_it_was_last_read() -> None:
    values = [value for charge in CHARGES.values() for value in charge.values()]
    figures = [value for value in values if isinstance(value, list)]
    assert {by for _, _, by in figures} == set(TABLE["by"])
    assert max(read for _, read, _ in figures) == TABLE["as_of"].isoformat()


def test_every_charge_is_in_an_amount_that_is_worked_out_by_hand() -> None:
    modules = [path for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__)]
    numbers = {
        node.value
        for path in modules
        for node in ast.walk(parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    }
    figures = {
        name: {value[0] for value in charge.values() if isinstance(value, list)}
        for name, charge in CHARGES.items()
    }
    assert [name for name, known in figures.items() if not known & numbers] == []


def test_instances_have_a_price_in_every_region() -> None:
    assert INSTANCES["page"].startswith("https://aws.amazon.com/ec2/pricing/")
    assert INSTANCES["read"] <= TABLE["as_of"]
    for name, row in INSTANCES["usd"].items():
        assert re.fullmatch(r"[a-z]\d[a-z]*\.\w+", name)
        assert len(row) == len(REGIONS)
        assert all(price > 0 for price in row)


@pytest.mark.parametrize("region", REGIONS)
def test_prices_are_in_the_order_a_reader_expects(region: str) -> None:
    charges, instances = prices(region).charges, prices(region).instances
    for part in ("vcpu", "gb"):
        x86 = charges[f"fargate_{part}_x86"]
        arm = charges.get(f"fargate_{part}_arm", 0)
        assert arm < x86
        assert charges.get(f"fargate_spot_{part}_x86", 0) < x86
        assert charges.get(f"fargate_spot_{part}_arm", 0) <= arm
    for small, large in (("nano", "micro"), ("micro", "small"), ("small", "medium"), ("medium", "large")):
        for family in ("t3", "t3a", "t4g"):
            assert instances[f"{family}.{large}"] == pytest.approx(
                2 * instances[f"{family}.{small}"], rel=0.06
            )
    assert instances["t4g.medium"] < instances["t3a.medium"] < instances["t3.medium"]
    assert instances["m7g.large"] < instances["m7i.large"]
    assert charges["alb"] >= prices("us-east-1").charges["alb"]
    assert charges["nat_gateway"] >= prices("us-east-1").charges["nat_gateway"]


def test_common_families_are_there_up_to_4xlarge() -> None:
    known = INSTANCES["usd"]
    general = ("t3", "t3a", "t4g", "m5", "m6i", "m6g", "m7g", "m7i")
    for family in (*general, "c5", "c6i", "c6g", "c7g", "c7i", "r5", "r6i", "r6g", "r7g"):
        largest = "2xlarge" if family.startswith("t") else "4xlarge"
        assert {f"{family}.large", f"{family}.xlarge", f"{family}.{largest}"} <= set(known)


def test_estimates_are_shares_with_a_reason() -> None:
    assert set(TABLE["estimate"]) == {"fargate_spot", "ec2_spot"}
    for estimate in TABLE["estimate"].values():
        assert 0 < estimate["share"] < 1
        assert estimate["why"].strip()


def test_the_share_of_fargate_spot_is_that_of_the_published_prices() -> None:
    share = TABLE["estimate"]["fargate_spot"]["share"]
    for region in ("us-east-1", "eu-west-1"):
        charges = prices(region).charges
        for part in ("vcpu_x86", "gb_x86", "vcpu_arm", "gb_arm"):
            published = charges[f"fargate_spot_{part}"] / charges[f"fargate_{part}"]
            assert published == pytest.approx(share, abs=0.02)


def test_a_region_that_is_not_there() -> None:
    found = prices("mx-central-1")
    assert (found.known, found.as_of, found.charges, found.instances) == (False, "", {}, {})


def test_the_files_are_package_data(pytestconfig: pytest.Config) -> None:
    text = Path(pytestconfig.rootpath, "components", "pyproject.toml").read_text()
    assert '"moorage.plan.cost" = ["prices/*.toml"]' in text


def test_the_guide_names_every_figure_that_is_missing(pytestconfig: pytest.Config) -> None:
    text = Path(pytestconfig.rootpath, "docs", "cost.md").read_text()
    rows = re.findall(r"^\| (`[\w`, ]+`) \| ([a-z0-9, -]+) \|$", text, re.M)
    told = {
        name.strip("`"): set(regions.split(", ")) for names, regions in rows for name in names.split(", ")
    }
    assert told == ABSENT
    assert all(f"`{name}`" in text for name in ABSENT)
