"""The page and the picture of a plan in a browser: on a phone, dark, on paper, by keyboard, script off."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from support.stacks import STACKS, stack

from moorage.graph import view
from moorage.plan.cost import monthly
from moorage.plan.finding import Finding, FindingSeverity
from moorage.plan.picture import html, svg
from moorage.plan.plan import Plan

Open = Callable[..., None]
Artefact = Callable[[webdriver.Chrome, str], None]
PHONE = 320

OVERFLOWING = """
const limit = document.documentElement.clientWidth;
return [...document.querySelectorAll('body *')]
  .filter((e) => !e.closest('.picture, .skip, pre') && e.checkVisibility())
  .filter((e) => e.getBoundingClientRect().right > limit + 1)
  .filter((e) => getComputedStyle(e).position !== 'absolute' && !e.closest('thead'))
  .map((e) => e.outerHTML.slice(0, 120));
"""
OUTSIDE_THEIR_BOX = """
const found = [];
for (const group of document.querySelectorAll('svg .box')) {
  const box = group.querySelector('rect.b').getBoundingClientRect();
  for (const text of group.querySelectorAll('text')) {
    const r = text.getBoundingClientRect();
    if (r.left < box.left - 1 || r.right > box.right + 1 || r.top < box.top - 1 || r.bottom > box.bottom + 1)
      found.push(text.textContent);
  }
}
return found;
"""
OVERLAPPING = """
const texts = [...document.querySelectorAll('svg text')]
  .map((e) => [e.textContent, e.getBoundingClientRect()]);
const found = [];
texts.forEach(([one, a], i) => texts.slice(i + 1).forEach(([other, b]) => {
  const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (across > 1 && down > 3) found.push(`${one} | ${other}`);
}));
return found;
"""
UNDER_BOXES = """
const boxes = [...document.querySelectorAll('svg .service, svg .job, svg .data, svg .entry, svg .warn')]
  .filter((e) => e.classList.contains('box')).map((e) => e.querySelector('rect.b').getBoundingClientRect());
return [...document.querySelectorAll('svg .line text')].filter((e) => {
  const r = e.getBoundingClientRect();
  return boxes.some((b) => r.left < b.right && b.left < r.right && r.top < b.bottom && b.top < r.bottom);
}).map((e) => e.textContent);
"""


@pytest.fixture
def show(browser: webdriver.Chrome, tmp_path: Path) -> Iterator[Open]:
    """Open the page of a stack, in a window of a width."""

    def run(
        name: str, width: int = 1280, scheme: str = "light", media: str = "screen", script: bool = True
    ) -> None:
        graph = stack(name)
        findings = [
            Finding(
                "preflight/a-rule", severity, graph.resources[0].urn, f"is {severity}", "set another value"
            )
            for severity in FindingSeverity
            if graph.resources
        ]
        file = tmp_path / "page.html"
        plan = Plan(view(graph), "us-east-1", tuple(findings), monthly(graph, "us-east-1"))
        file.write_text(html(plan), "utf-8")
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        _set(browser, "Emulation.setEmulatedMedia", media=media, features=features)
        _set(browser, "Emulation.setScriptExecutionDisabled", value=not script)
        _resize(browser, width)
        browser.get(file.as_uri())

    yield run
    assert [entry["message"] for entry in browser.get_log("browser")] == []


def _set(browser: webdriver.Chrome, command: str, **arguments: Any) -> Any:
    return browser.execute_cdp_cmd(command, arguments)


def _resize(browser: webdriver.Chrome, width: int) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    _set(browser, "Emulation.setDeviceMetricsOverride", **size)


def rows(browser: webdriver.Chrome) -> list[str]:
    """Return the names of the resources that are shown."""
    return browser.execute_script(
        "return [...document.querySelectorAll('.resources tbody tr')]"
        ".filter((row) => row.checkVisibility()).map((row) => row.querySelector('th').innerText)"
    )


def test_texts_of_every_picture_are_readable(browser: webdriver.Chrome, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><meta charset=utf-8><title>p</title>", "utf-8")
    browser.get(page.as_uri())
    wrong: dict[str, list[str]] = {}
    for name in STACKS:
        browser.execute_script("document.body.innerHTML = arguments[0]", svg(view(stack(name))))
        assert browser.execute_script("return document.querySelectorAll('svg text').length") > 0
        for script in (OUTSIDE_THEIR_BOX, OVERLAPPING, UNDER_BOXES):
            if found := browser.execute_script(script):
                wrong.setdefault(name, []).extend(found)
    assert wrong == {}


def test_the_picture_opens_as_a_file(browser: webdriver.Chrome, tmp_path: Path) -> None:
    file = tmp_path / "picture.svg"
    file.write_text(svg(view(stack("prod"))), "utf-8")
    browser.get(file.as_uri())
    assert browser.execute_script("return document.documentElement.tagName") == "svg"
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("name", ["prod", "twelve", "by hand", "nothing"])
def test_no_window_is_too_narrow(
    browser: webdriver.Chrome, show: Open, artefact: Artefact, name: str
) -> None:
    for width in (PHONE, 375, 768, 1280):
        show(name, width)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        assert browser.execute_script(OVERFLOWING) == []
        artefact(browser, f"plan-{name.replace(' ', '-')}-{width}")


def test_nothing_is_asked_of_the_network(browser: webdriver.Chrome, show: Open) -> None:
    show("prod")
    assert browser.execute_script("return performance.getEntriesByType('resource').map((e) => e.name)") == []


def test_resources_are_filtered_while_one_types(browser: webdriver.Chrome, show: Open) -> None:
    show("prod")
    everything = len(rows(browser))
    field = browser.find_element(By.CSS_SELECTOR, "input[type=search]")
    count = browser.find_element(By.CSS_SELECTOR, ".search output")
    assert count.text == f"{everything} of {everything} resources"
    field.send_keys("dynamodb")
    assert rows(browser) == ["notes protected"]
    assert count.text == f"1 of {everything} resources"
    field.clear()
    field.send_keys("NOTETAKER service:service")
    assert rows(browser) == ["notetaker-bridge"]
    field.send_keys(" no such thing")
    assert rows(browser) == []


def test_a_box_leads_to_its_row_even_when_it_is_filtered_away(browser: webdriver.Chrome, show: Open) -> None:
    show("prod")
    browser.find_element(By.CSS_SELECTOR, "input[type=search]").send_keys("dynamodb")
    box = browser.find_element(By.CSS_SELECTOR, "svg a[aria-label^='Service notetaker']")
    box.find_element(By.CSS_SELECTOR, "text").click()
    target = browser.execute_script("return document.querySelector(location.hash + ' th').innerText")
    assert target == "notetaker-bridge"
    assert len(rows(browser)) > 1
    top = "return document.querySelector(':target').getBoundingClientRect().top"
    assert 0 <= browser.execute_script(top) < 900


def test_by_keyboard(browser: webdriver.Chrome, show: Open) -> None:
    show("prod")
    reached: list[str] = []
    for _ in range(30):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        reached.append(
            browser.execute_script(
                "const e = document.activeElement;"
                "return e.getAttribute('aria-label') || e.textContent || e.type"
            )
        )
        style = "const s = getComputedStyle(document.activeElement);"
        box = "const b = document.activeElement.querySelector('rect.b');"
        seen = "return s.outlineStyle !== 'none' || (b && getComputedStyle(b).strokeWidth === '3px')"
        assert browser.execute_script(f"{style}{box}{seen}"), reached[-1]
    assert reached[0] == "Skip to content"
    assert reached[1:4] == ["Summary", "Picture", "Findings"]
    assert reached.index("Larger") < reached.index("Picture of the stack")
    assert any(each.startswith("Service notetaker") for each in reached)


def test_the_skip_link_is_seen_when_it_is_reached(browser: webdriver.Chrome, show: Open) -> None:
    show("prod")
    link = browser.find_element(By.CLASS_NAME, "skip")
    assert link.rect["x"] < 0
    ActionChains(browser).send_keys(Keys.TAB).perform()
    assert link.rect["x"] >= 0
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    assert browser.execute_script("return location.hash") == "#main"


def test_the_picture_can_be_made_larger(browser: webdriver.Chrome, show: Open) -> None:
    show("prod", PHONE)
    width = "return document.querySelector('.picture svg').getBoundingClientRect().width"
    before = browser.execute_script(width)
    press = {each.text: each for each in browser.find_elements(By.CSS_SELECTOR, ".tools button")}
    press["Larger"].click()
    assert browser.execute_script(width) == pytest.approx(before * 1.25, rel=0.01)
    press["Fit"].click()
    assert browser.execute_script(width) <= PHONE
    assert browser.execute_script("return document.documentElement.scrollWidth") <= PHONE


def test_inputs_open_and_close(browser: webdriver.Chrome, show: Open) -> None:
    show("prod")
    details = browser.find_element(By.CSS_SELECTOR, "[data-search*='dynamodb'] details")
    content = details.find_element(By.TAG_NAME, "pre")
    assert not content.is_displayed()
    details.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    assert content.is_displayed()
    assert '"hashKey": "pk"' in content.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(
    browser: webdriver.Chrome, show: Open, artefact: Artefact, scheme: str
) -> None:
    show("by hand", scheme=scheme)
    assert browser.execute_script(LOW_CONTRAST) == []
    artefact(browser, f"plan-{scheme}")


LOW_CONTRAST = """
const parse = (c) => c.match(/[\\d.]+/g).map(Number);
const light = (c) => c.slice(0, 3).map((v) => v / 255)
  .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = (e) => {
  for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c;
  }
  return parse(getComputedStyle(document.body).backgroundColor);
};
return [...document.querySelectorAll('body *:not(svg *)')]
  .filter((e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
  .filter((e) => {
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => x - y);
    return (b + 0.05) / (a + 0.05) < 4.5;
  }).map((e) => e.outerHTML.slice(0, 100));
"""


def test_on_paper_nothing_is_hidden_or_cut(browser: webdriver.Chrome, show: Open) -> None:
    show("prod", 720, media="print")
    heights = "return [...document.querySelectorAll('pre')].map((e) => e.getBoundingClientRect().height)"
    assert min(browser.execute_script(heights)) > 5
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 720
    assert not browser.find_element(By.TAG_NAME, "nav").is_displayed()
    assert not browser.find_element(By.CLASS_NAME, "tools").is_displayed()
    drawn = "return document.querySelector('.picture svg').getBoundingClientRect().right"
    assert browser.execute_script(drawn) <= 720


def test_it_prints(browser: webdriver.Chrome, show: Open) -> None:
    show("prod")
    pdf = base64.b64decode(_set(browser, "Page.printToPDF", preferCSSPageSize=True)["data"])
    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page\n") > 3
    opened = "return document.querySelectorAll('details[open]').length"
    assert browser.execute_script(opened) == 0, "what was opened for the paper is closed again"


def test_without_its_script_it_can_be_read(browser: webdriver.Chrome, show: Open) -> None:
    show("prod", PHONE, script=False)
    assert not browser.find_element(By.CLASS_NAME, "search").is_displayed()
    assert not browser.find_element(By.CLASS_NAME, "tools").is_displayed()
    assert len(rows(browser)) == len(stack("prod").resources)
    summary = browser.find_element(By.CSS_SELECTOR, "[data-search*='dynamodb'] summary")
    summary.send_keys(Keys.ENTER)
    assert browser.find_element(By.CSS_SELECTOR, "[data-search*='dynamodb'] pre").is_displayed()
