from moorage.model.presets import DEFAULT_PRESET, PRESETS


def test_dev_can_be_destroyed_and_prod_is_protected() -> None:
    dev, prod = PRESETS["dev"], PRESETS["prod"]
    assert DEFAULT_PRESET == "dev"
    assert (dev.force_delete, dev.deletion_protection, dev.spot_only) == (True, False, True)
    assert (prod.force_delete, prod.deletion_protection, prod.spot_only) == (False, True, False)


def test_what_costs_or_opens_a_door() -> None:
    dev, prod = PRESETS["dev"], PRESETS["prod"]
    assert (dev.container_insights, prod.container_insights) == (False, True)
    assert (dev.execute_command, prod.execute_command) == (True, False)
    assert (dev.log_retention_days, prod.log_retention_days) == (30, 90)
    assert (dev.health_check_interval, prod.health_check_interval) == (5, 10)
    assert (dev.access_logs, prod.access_logs) == (False, True)


def test_presets_differ_in_every_field() -> None:
    dev, prod = PRESETS["dev"], PRESETS["prod"]
    assert [name for name in dev._fields if getattr(dev, name) == getattr(prod, name)] == []
