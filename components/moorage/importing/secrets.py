"""Values that are secrets by their name or form: an import writes none of them."""

import re

_NAME = re.compile(
    r"pass(word|wd|phrase|code)|(?<!com)(?<!by)pass(?![a-z])|pwd(?![a-z])|secret|token|credential|api_?key|private_?key|signing_?key"
    r"|encryption_?key|access_?key|auth_?key|master_?key|salt(?![a-z])|connection_?string|(?<![a-z])dsn(?![a-z])",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"_(FILE|PATH|ARN|TTL|LIFETIME|EXPIRY|EXPIRES|LENGTH|HEADER|NAME|ISSUER)$", re.IGNORECASE
)
"""Names of what is about a secret, and is not one."""

_FORMS = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    r"(?<![A-Z0-9])(AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])",
    r"[a-z][a-z0-9+.-]*://[^/\s:@]*:(?!\$?\{\w+\}@)[^/\s@]+@",
    r"(?<![A-Za-z0-9])(ghp|gho|ghs|github_pat|glpat|xox[abp]|sk_live|rk_live|sk-ant|npm)[_-][A-Za-z0-9_-]{10,}",
    r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.",
)
_FORM = re.compile("|".join(f"(?:{form})" for form in _FORMS))
_ARN = r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[\w/+=.@:*-]+"
_ASSIGNED = re.compile(
    rf"(?P<arn>{_ARN})|(password|passwd|pwd|secret|token|api_?key)\s*[=:]\s*[^\s$<{{;&]{{4,}}", re.IGNORECASE
)
"""An assignment, or an ARN: that of a secret has the word, and is a reference."""


def is_secret_form(value: str) -> bool:
    """Return whether a string contains a key, a token, or a password in a URL or an assignment."""
    assigned = any(match["arn"] is None for match in _ASSIGNED.finditer(value))
    return assigned or _FORM.search(value) is not None


def masked(text: str) -> str:
    """Return a text for the report without the secrets in it."""
    return _ASSIGNED.sub(lambda match: match["arn"] or "***", _FORM.sub("***", text))


def is_secret(name: str, value: str) -> bool:
    """Return whether a variable is a secret by its name or by the form of its value."""
    if not value:
        return False
    if is_secret_form(value):
        return True
    if value.lower() in ("true", "false", "yes", "no", "on", "off", "none", "null"):
        return False
    if re.fullmatch(_ARN, value):
        return False
    return bool(_NAME.search(name)) and not _REFERENCE.search(name)
