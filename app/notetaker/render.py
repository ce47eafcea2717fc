"""From a template to a response."""

from functools import partial
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from . import rules
from .sessions import csrf_token

HERE = Path(__file__).parent
templates = Jinja2Templates(directory=HERE / "templates")
templates.env.globals["rules"] = rules
templates.env.trim_blocks = templates.env.lstrip_blocks = True


def page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """An HTML page. Every template also knows the user, the task, and how to get a CSRF token."""
    # Nothing is read from the session where there is none, such as on an error page under /static.
    session: dict[str, Any] = request.scope.get("session", {})
    shared = {
        "user": session.get("user"),
        "flash": session.pop("flash", None),
        "csrf": partial(csrf_token, request),
        "task": request.app.state.task,
    }
    return templates.TemplateResponse(request, template, shared | context, status_code=status)
