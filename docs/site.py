"""Builds the documentation site into .build/site, strictly and without network: `make docs`.

GitHub shows the same files. A link to a file that is not a page, such as a test, becomes plain text on the
site.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAVIGATION = {
    "": ("index.md", "getting-started.md"),
    "How to": (
        "fargate.md",
        "ec2.md",
        "images.md",
        "containers.md",
        "compose.md",
        "secrets-and-grants.md",
        "values.md",
        "https-and-dns.md",
        "load-balancing.md",
        "scaling.md",
        "rollouts.md",
        "alarms.md",
        "jobs.md",
        "protection.md",
        "presets.md",
        "overrides.md",
        "languages.md",
    ),
    "Before AWS": (
        "local.md",
        "plan.md",
        "picture.md",
        "preflight.md",
        "policy.md",
        "cost.md",
        "permissions.md",
        "testing.md",
    ),
    "Operate": ("commands.md", "pipeline*.md", "troubleshooting.md", "upgrading.md"),
    "Migrate": ("importing.md", "moving-from-*.md"),
    "Examples": ("sample.md", "examples/*.md"),
    "Reference": ("reference/index.md", "reference/*.md"),
    "Explanation": (
        "comparison.md",
        "limits.md",
        "performance.md",
        "decisions/index.md",
        "decisions/*.md",
    ),
    "Project": ("changelog.md", "contributing.md", "security.md", "releasing.md"),
}
"""The pages of each section, as patterns; a page is in the first section that has it."""
LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!\w+:|#)([^)\s#]+)(#[^)\s]*)?( \"[^\"]*\")?\)")
FENCE = re.compile(r"(^```.*?^```$)", re.M | re.S)


def sources() -> dict[Path, str]:
    """Return the name on the site of each page and picture of the repository."""
    docs = ROOT / "docs"
    names = {page: page.relative_to(docs).as_posix() for page in docs.rglob("*.md")}
    names |= {picture: picture.relative_to(docs).as_posix() for picture in docs.rglob("*.png")}
    names |= {page: f"examples/{page.parent.name}.md" for page in ROOT.glob("examples/*/README.md")}
    names |= {page: page.name.lower() for page in ROOT.glob("*.md")}
    return {source: re.sub(r"\breadme\.md$", "index.md", name, flags=re.I) for source, name in names.items()}


def converted(source: Path, names: dict[Path, str]) -> str:
    """Return a page with the links and the lists of the site.

    Raises:
        FileNotFoundError: a link goes to a file that does not exist.
    """

    def link(match: re.Match[str]) -> str:
        mark, text, target, anchor, title = match.groups(default="")
        file = (source.parent / target).resolve(strict=True)
        name = names.get(file / "README.md" if file.is_dir() else file)
        if name is None:
            return text
        path = os.path.relpath(name, Path(names[source]).parent)
        return f"{mark}[{text}]({Path(path).as_posix()}{anchor}{title})"

    parts = FENCE.split(source.read_text())
    # GitHub starts a list without an empty line before it, Python-Markdown does not.
    parts[::2] = [
        re.sub(r"^((?!- |\d+\. |\s).+\n)(?=- |1\. )", r"\1\n", LINK.sub(link, part), flags=re.M)
        for part in parts[::2]
    ]
    return "".join(parts)


def title(page: str) -> str:
    """Return a page's heading without its markup."""
    heading = re.search(r"^# (.+)$", page, re.M)
    assert heading
    return heading[1].replace("`", "")


def navigation(titles: dict[str, str]) -> str:
    """Return the navigation as a TOML list.

    Raises:
        ValueError: a page is in no section.
    """
    left = dict(sorted(titles.items(), key=lambda item: item[1].lower()))
    entries: list[str] = []
    for section, patterns in NAVIGATION.items():
        pages = [page for pattern in patterns for page in sorted(left) if fnmatch(page, pattern)]
        pages = list(dict.fromkeys(pages))
        items = [f"{{ {json.dumps(left.pop(page))} = {json.dumps(page)} }}" for page in pages]
        entries += [f"{{ {json.dumps(section)} = [{', '.join(items)}] }}"] if section else items
    if left:
        raise ValueError(f"pages without a section in NAVIGATION: {', '.join(left)}")
    return f"[{', '.join(entries)}]"


def write(folder: Path) -> None:
    """Write the pages, the pictures and the configuration into a folder."""
    names = sources()
    titles: dict[str, str] = {}
    for source, name in names.items():
        target = folder / "pages" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            target.write_text(converted(source, names))
            titles[name] = title(target.read_text())
        else:
            shutil.copyfile(source, target)
    configuration = (ROOT / "docs/zensical.toml").read_text()
    (folder / "zensical.toml").write_text(configuration.replace("nav = []", f"nav = {navigation(titles)}"))


def build(folder: Path) -> None:
    """Build the site into the folder's `site`, from the sources that are written beside it.

    Raises:
        subprocess.CalledProcessError: Zensical warned; it has printed of what.
    """
    for name in ("pages", "site"):
        shutil.rmtree(folder / name, ignore_errors=True)
    write(folder)
    zensical = (sys.executable, "-m", "zensical", "build", "--strict", "-f", folder / "zensical.toml")
    subprocess.run(zensical, check=True)


if __name__ == "__main__":
    try:
        build(ROOT / ".build")
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
