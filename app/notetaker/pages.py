"""The pages and their forms. Endpoints are plain functions: FastAPI runs them in threads, which may block."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from .accounts import Accounts
from .attempts import TryLater
from .balancer import client_of
from .bodies import posted_form
from .render import page
from .rules import check_name, check_password, check_text, tidy_name, tidy_text
from .sessions import csrf_matches, end_session, start_session
from .store import NameTaken, Note, NoteChanged, Store

PAGE_SIZE = 20
VERSION = re.compile("[0-9]{1,9}")
WRONG_LOG_IN = "Name or password is wrong."


class FormRefused(Exception):
    """A form without the session's CSRF token, or without a session."""


async def check_form(request: Request) -> dict[str, str]:
    """Every form that is posted passes here. Raises FormRefused, HTTPException."""
    form = await posted_form(request)
    if request.method == "POST" and not csrf_matches(request, form.get("csrf_token", "")):
        raise FormRefused
    return form


def signed_in(request: Request) -> str:
    """The name of the user; others are sent to the log-in page."""
    user = request.session.get("user")
    if user:
        return user
    if request.method == "POST":
        raise FormRefused
    raise HTTPException(303, headers={"Location": "/login"})


router = APIRouter(include_in_schema=False, dependencies=[Depends(check_form)])
User = Annotated[str, Depends(signed_in)]
Form = Annotated[dict[str, str], Depends(check_form)]


def see_other(path: str) -> Response:
    """After a form: a reload must not post it again."""
    return RedirectResponse(path, status_code=303)


@router.get("/")
def home(request: Request, before: str | None = None) -> Response:
    """The user's notes, or the start page without a session."""
    if not request.session.get("user"):
        return page(request, "welcome.html")
    return notes_page(request, before=before)


def notes_page(request: Request, status: int = 200, before: str | None = None, **context: Any) -> Response:
    """The list of notes below the form for a new one, which holds `draft` and says `error`."""
    store: Store = request.app.state.store
    notes, older = store.notes(request.session["user"], PAGE_SIZE, before)
    return page(request, "notes.html", status, notes=notes, older=older, before=before, **context)


def refused_page(request: Request, refused: Exception) -> Response:
    """The form once more with what was entered, after FormRefused."""
    form, path = request.state.form, request.url.path
    text, name = tidy_text(form.get("text") or form.get("draft", "")), tidy_name(form.get("name", ""))
    again = "This page was no longer valid, perhaps because you logged in elsewhere. Please try again."
    if path in ("/login", "/signup"):
        cookies = f"{again} If it keeps happening, allow cookies for this site."
        return page(request, f"{path[1:]}.html", 403, name=name, error=cookies, draft=text)
    if request.session.get("user"):
        return notes_page(request, 403, draft=text, error=again)
    ended = "Please log in: your session has ended." + (
        " Your note is kept and comes back after that." if text else ""
    )
    return page(request, "login.html", 401, error=ended, draft=text)


# Accounts


@router.get("/signup")
def sign_up_page(request: Request) -> Response:
    """The form for a new account."""
    return page(request, "signup.html")


@router.post("/signup")
async def sign_up(request: Request, form: Form) -> Response:
    """Make the account and log in."""
    accounts: Accounts = request.app.state.accounts
    name, password = tidy_name(form.get("name", "")), form.get("password", "")
    errors = {"name": check_name(name), "password": check_password(password)}
    if not any(errors.values()):
        try:
            await accounts.sign_up(name, password, client_of(request))
        except NameTaken:
            errors["name"] = f"The name {name} is taken. Choose another one."
        except TryLater as refused:
            return later_page(request, "signup.html", refused, name=name)
    if any(errors.values()):
        return page(request, "signup.html", 422, name=name, errors=errors)
    await run_in_threadpool(start_session, request, name)
    request.session["flash"] = f"Welcome, {name}."
    return see_other("/")


def later_page(request: Request, template: str, refused: TryLater, **context: str) -> Response:
    """The form once more, after TryLater."""
    answer = page(request, template, refused.status, error=str(refused), **context)
    answer.headers["Retry-After"] = str(refused.wait)
    return answer


@router.get("/login")
def log_in_page(request: Request) -> Response:
    """The form to log in."""
    return page(request, "login.html")


@router.post("/login")
async def log_in(request: Request, form: Form) -> Response:
    """Log in. A note that was posted after the session had ended comes along as `draft`."""
    accounts: Accounts = request.app.state.accounts
    name, draft = form.get("name", ""), form.get("draft", "")
    try:
        user = await accounts.log_in(name, form.get("password", ""), client_of(request))
    except TryLater as refused:
        return later_page(request, "login.html", refused, name=name, draft=draft)
    if not user:
        return page(request, "login.html", 401, name=name, error=WRONG_LOG_IN, draft=draft)
    await run_in_threadpool(start_session, request, user)
    if draft:
        notice = "You are logged in again. Your note is not saved yet."
        return await run_in_threadpool(notes_page, request, draft=draft, notice=notice)
    return see_other("/")


@router.post("/logout")
def log_out(request: Request) -> Response:
    """End the session."""
    end_session(request)
    return see_other("/")


# Notes


@router.post("/notes")
def add_note(request: Request, user: User, form: Form) -> Response:
    """Write a note."""
    store: Store = request.app.state.store
    text = tidy_text(form.get("text", ""))
    if error := check_text(text):
        return notes_page(request, 422, draft=text, error=error)
    store.add_note(user, text)
    request.session["flash"] = "Note saved."
    return see_other("/")


def own_note(request: Request, user: User, note_id: str) -> Note:
    """The user's note of the path, else a 404, also when another user has a note of this id."""
    store: Store = request.app.state.store
    note = store.note(user, note_id)
    if not note:
        raise HTTPException(404, "This note does not exist. It may have been deleted.")
    return note


OwnNote = Annotated[Note, Depends(own_note)]


@router.get("/notes/{note_id}/edit")
def edit_page(request: Request, note: OwnNote) -> Response:
    """The form to change a note."""
    return page(request, "edit.html", note=note, draft=note.text)


@router.post("/notes/{note_id}")
def edit_note(request: Request, user: User, note: OwnNote, form: Form) -> Response:
    """Change a note, unless it was changed elsewhere since the form was opened."""
    store: Store = request.app.state.store
    text, version = tidy_text(form.get("text", "")), form.get("version", "")
    if error := check_text(text):
        return page(request, "edit.html", 422, note=note, draft=text, error=error)
    try:
        store.edit_note(user, note.id, text, int(version) if VERSION.fullmatch(version) else 0)
    except NoteChanged:
        return page(
            request, "edit.html", 409, note=own_note(request, user, note.id), draft=text, conflict=True
        )
    request.session["flash"] = "Changes saved."
    return see_other("/")


@router.post("/notes/{note_id}/delete")
def delete_note(request: Request, user: User, note_id: str) -> Response:
    """Delete a note; a second time is not an error."""
    store: Store = request.app.state.store
    if store.delete_note(user, note_id):
        request.session["flash"] = "Note deleted."
    else:
        request.session["flash"] = "This note was deleted already."
    return see_other("/")
