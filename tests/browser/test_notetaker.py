"""What a person does with NoteTaker, in a browser, through the load balancer."""

import secrets
import urllib.request
from collections.abc import Callable

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

Artefact = Callable[[webdriver.Chrome, str], None]
PASSWORD = "a long enough passphrase"
ANOTHER_PAGE = "return !window.before && document.readyState === 'complete'"


def press(browser: webdriver.Chrome, text: str) -> None:
    """Press the button and wait until the page that follows is there whole."""
    browser.execute_script("window.before = true")
    browser.find_element(By.XPATH, f"//button[normalize-space()='{text}']").click()
    # While one page gives way to the next, the driver may find neither.
    wait = WebDriverWait(browser, 15, ignored_exceptions=[WebDriverException])
    wait.until(lambda page: page.execute_script(ANOTHER_PAGE), f"nothing followed {text!r}")


def enter(browser: webdriver.Chrome, **fields: str) -> None:
    for name, value in fields.items():
        field = browser.find_element(By.NAME, name)
        field.clear()
        field.send_keys(value)


def sign_up(browser: webdriver.Chrome, site: str) -> str:
    name = f"ada{secrets.token_hex(4)}"
    browser.get(f"{site}/signup")
    enter(browser, name=name, password=PASSWORD)
    press(browser, "Sign up")
    browser.find_element(By.CLASS_NAME, "who")
    return name


def write(browser: webdriver.Chrome, text: str) -> None:
    enter(browser, text=text)
    press(browser, "Save note")


def expect_notes(browser: webdriver.Chrome, *expected: str) -> None:
    script = "return [...document.querySelectorAll('.note .text')].map((note) => note.innerText)"
    assert browser.execute_script(script) == list(expected)


def complaints(browser: webdriver.Chrome) -> list[str]:
    return [
        entry["message"] for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")
    ]


def test_sign_up_write_and_delete(browser: webdriver.Chrome, site: str, artefact: Artefact) -> None:
    name = sign_up(browser, site)
    assert name in browser.find_element(By.CLASS_NAME, "who").text

    notes = ("Buy two lemons", "Ship the release on Friday.\nTell the team first.", "<b>not bold</b>")
    for count, text in enumerate(notes, start=1):
        write(browser, text)
        expect_notes(browser, *reversed(notes[:count]))
    artefact(browser, "notes")

    browser.find_element(By.CSS_SELECTOR, ".note summary").click()
    press(browser, "Delete for good")
    expect_notes(browser, *reversed(notes[:2]))
    assert complaints(browser) == []


def test_notes_are_still_there_after_logging_in_again(browser: webdriver.Chrome, site: str) -> None:
    name = sign_up(browser, site)
    write(browser, "Kept")
    press(browser, "Log out")
    browser.get(f"{site}/login")
    enter(browser, name=name, password=PASSWORD)
    press(browser, "Log in")
    expect_notes(browser, "Kept")


def test_a_wrong_password_is_refused_and_the_name_kept(browser: webdriver.Chrome, site: str) -> None:
    name = sign_up(browser, site)
    browser.delete_all_cookies()
    browser.get(f"{site}/login")
    enter(browser, name=name, password="something else entirely")
    press(browser, "Log in")
    assert browser.find_element(By.CSS_SELECTOR, "[role=alert]").text != ""
    assert browser.find_element(By.NAME, "name").get_attribute("value") == name
    assert browser.execute_script("return document.querySelector('.who')") is None


def test_logging_out_ends_a_copy_of_the_session(
    browser: webdriver.Chrome, site: str, artefact: Artefact
) -> None:
    name = sign_up(browser, site)
    copies = browser.get_cookies()
    press(browser, "Log out")
    for copy in copies:
        browser.add_cookie(copy)
    browser.get(f"{site}/")
    assert name not in browser.find_element(By.TAG_NAME, "body").text
    artefact(browser, "logged-out")


def test_somebody_who_guesses_is_slowed_down(
    browser: webdriver.Chrome, site: str, artefact: Artefact
) -> None:
    name = sign_up(browser, site)
    press(browser, "Log out")
    browser.get(f"{site}/login")
    enter(browser, name=name)
    for number in range(20):
        # The page that follows has the name.
        enter(browser, password=f"guess number {number}")
        press(browser, "Log in")
        message = browser.find_element(By.CSS_SELECTOR, "[role=alert]").text
        if message != "Name or password is wrong.":
            break
    assert message.startswith("Too many attempts to log in with this name. Try again in ")
    assert browser.find_element(By.NAME, "name").get_attribute("value") == name
    artefact(browser, "slowed-down")


def test_what_is_not_accepted_gets_a_page_of_the_application(
    browser: webdriver.Chrome, site: str, artefact: Artefact
) -> None:
    name = sign_up(browser, site)
    refused = {
        "too-large": ("document.getElementById('text').value = 'x'.repeat(3e6)", "1024 KiB"),
        "not-a-form": (
            "document.querySelector('.compose form').enctype = 'multipart/form-data'",
            "forms only",
        ),
    }
    for picture, (prepare, message) in refused.items():
        browser.get(site)
        enter(browser, text="A note")
        browser.execute_script(prepare)
        press(browser, "Save note")
        assert message in browser.find_element(By.CSS_SELECTOR, "[role=alert]").text
        assert name in browser.find_element(By.CLASS_NAME, "who").text
        artefact(browser, picture)
    browser.get(site)
    expect_notes(browser)


def test_the_pages_are_answered_by_every_task(browser: webdriver.Chrome, site: str) -> None:
    browser.get(site)
    seen: set[str] = set()
    for visit in range(20):
        browser.refresh()
        seen.add(browser.find_element(By.CSS_SELECTOR, ".task code").text)
        if visit % 3 == 0:
            # Tasks take turns: with an even number of requests for each page, one would answer all pages.
            urllib.request.urlopen(f"{site}/healthz", timeout=10).close()
    assert len(seen) == 2


@pytest.mark.parametrize("width", [320, 375])
def test_it_fits_a_phone(browser: webdriver.Chrome, site: str, artefact: Artefact, width: int) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 740, "deviceScaleFactor": 2, "mobile": True},
    )
    sign_up(browser, site)
    write(browser, "W" * 200)
    assert browser.execute_script("return document.documentElement.scrollWidth") == width
    assert browser.find_element(By.NAME, "text").size["width"] <= width
    artefact(browser, f"phone-{width}")


def test_the_keyboard_is_enough(browser: webdriver.Chrome, site: str) -> None:
    browser.get(f"{site}/signup")
    name = f"eve{secrets.token_hex(4)}"
    for keys in (name, Keys.TAB, PASSWORD, Keys.ENTER):
        browser.switch_to.active_element.send_keys(keys)
    assert name in browser.find_element(By.CLASS_NAME, "who").text
    browser.get(site)
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert browser.switch_to.active_element.get_attribute("class") == "skip"


def test_the_api_documentation_needs_no_internet(
    browser: webdriver.Chrome, site: str, artefact: Artefact
) -> None:
    browser.get(f"{site}/api/docs")
    WebDriverWait(browser, 15).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".opblock"))
    assert "/api/notes" in browser.find_element(By.ID, "swagger-ui").text
    assert complaints(browser) == []
    artefact(browser, "api-docs")
