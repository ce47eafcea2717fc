"""NoteTaker behind the local load balancer, and a headless Chromium before it."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

ARTEFACTS = Path(__file__).parent.parent.parent / ".cache" / "artefacts"
REBOUND = "rebound.example"
"""An attacker's name that resolves to this machine, as in an attack by DNS rebinding."""
Moorage = Callable[..., subprocess.CompletedProcess[str]]
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic"),
    *("--no-first-run", "--disable-component-update", "--disable-sync", "--hide-scrollbars"),
)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, copy_sample: Callable[[Path], Path]) -> Path:
    """Return a copy of the sample's project."""
    return copy_sample(tmp_path_factory.mktemp("browser") / "project")


@pytest.fixture(scope="session")
def site(sample: Path, moorage: Moorage) -> Iterator[str]:
    """Bring the sample up, and return its address."""
    try:
        done = moorage("local", "up", "--runner", "process", cwd=sample)
        yield re.findall(r"^url +(http://127\.0\.0\.1:\d+)$", done.stdout, re.M)[0]
    finally:
        moorage("local", "down", cwd=sample)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A Chromium that reaches nothing but this machine."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        assert not os.environ.get("MOORAGE_REQUIRE_BROWSER"), "chromium or chromedriver is missing"
        pytest.skip("needs chromium and chromedriver (Debian packages chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    profile = tmp_path_factory.mktemp("chromium") / "profile"
    for flag in (*_FLAGS, f"--user-data-dir={profile}", "--window-size=1280,900"):
        options.add_argument(flag)
    # Every name but the machine's own fails to resolve: what needs the internet shows.
    options.add_argument(f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    session = webdriver.Chrome(options=options, service=Service(executable_path=driver))
    session.set_page_load_timeout(30)
    session.implicitly_wait(5)
    try:
        yield session
    finally:
        session.quit()


@pytest.fixture
def browser(chromium: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """A new tab of a Chromium that remembers nothing: to start one takes longer than most tests."""
    first = chromium.current_window_handle
    for forget in ("Network.clearBrowserCookies", "Network.clearBrowserCache"):
        chromium.execute_cdp_cmd(forget, {})
    chromium.get_log("browser")
    chromium.switch_to.new_window("tab")
    try:
        yield chromium
    finally:
        chromium.close()
        chromium.switch_to.window(first)


@pytest.fixture
def artefact() -> Callable[[webdriver.Chrome, str], None]:
    """Keep a screenshot of the page under `.cache/artefacts`."""

    def keep(session: webdriver.Chrome, name: str) -> None:
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        assert session.save_screenshot(str(ARTEFACTS / f"{name}.png"))

    return keep
