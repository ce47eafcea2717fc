"""The JSON API, and its documentation page, which needs no internet."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Response
from fastapi.security import OAuth2PasswordBearer
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from .accounts import Accounts
from .attempts import TryLater
from .balancer import client_of
from .bodies import FORM, posted_form
from .render import page
from .rules import TEXT_MAX, check_text, tidy_text
from .sessions import TOKEN_SECONDS, Signer
from .store import Note, Store

router = APIRouter(prefix="/api")
bearer = OAuth2PasswordBearer(tokenUrl="/api/token", description="The name and password of your account.")


class Token(BaseModel):
    """The answer to `POST /api/token`."""

    access_token: str
    token_type: str = "bearer"
    expires_in: int = Field(TOKEN_SECONDS, description="Seconds until the token is no longer valid.")


class NoteOut(BaseModel):
    """One note."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    text: str
    created: datetime
    edited: datetime | None


class NotesOut(BaseModel):
    """One page of notes, newest first."""

    notes: list[NoteOut]
    next: str | None = Field(description="Give it as `before` to get the next page; null on the last one.")


def valid_text(text: str) -> str:
    """The tidied text. Raises ValueError with the message for the caller."""
    text = tidy_text(text)
    if error := check_text(text):
        raise ValueError(error)
    return text


class NoteIn(BaseModel):
    """A note to write."""

    text: Annotated[str, AfterValidator(valid_text)] = Field(
        description=f"1 to {TEXT_MAX:,} characters.", examples=["Buy rope"]
    )


def token_user(request: Request, token: Annotated[str, Depends(bearer)]) -> str:
    """The user that the bearer token was given to."""
    signer: Signer = request.app.state.signer
    user = signer.read("api-token", token, TOKEN_SECONDS)
    if not isinstance(user, str):
        raise HTTPException(
            401, "The token is wrong or has expired. Get one from /api/token.", {"WWW-Authenticate": "Bearer"}
        )
    return user


User = Annotated[str, Depends(token_user)]


TOKEN_BODY = {
    "required": True,
    "content": {
        FORM: {
            "schema": {
                "type": "object",
                "required": ["username", "password"],
                "properties": {
                    "username": {"type": "string"},
                    "password": {"type": "string", "format": "password"},
                },
            }
        }
    },
}


@router.post(
    "/token",
    tags=["Account"],
    summary="Get a token",
    responses={401: {}, 429: {}, 503: {}},
    openapi_extra={"requestBody": TOKEN_BODY},
)
async def token(request: Request, form: Annotated[dict[str, str], Depends(posted_form)]) -> Token:
    """Exchange name and password for a token that is valid for an hour."""
    accounts: Accounts = request.app.state.accounts
    signer: Signer = request.app.state.signer
    try:
        user = await accounts.log_in(form.get("username", ""), form.get("password", ""), client_of(request))
    except TryLater as refused:
        raise HTTPException(refused.status, str(refused), {"Retry-After": str(refused.wait)}) from refused
    if not user:
        raise HTTPException(401, "Name or password is wrong.", {"WWW-Authenticate": "Bearer"})
    return Token(access_token=await run_in_threadpool(signer.sign, "api-token", user))


@router.get("/notes", tags=["Notes"], summary="List your notes")
def list_notes(
    request: Request,
    user: User,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 20,
    before: Annotated[str | None, Query(description="The `next` of the page before.")] = None,
) -> NotesOut:
    """Your notes, newest first."""
    store: Store = request.app.state.store
    notes, older = store.notes(user, limit, before)
    return NotesOut(notes=[NoteOut.model_validate(note) for note in notes], next=older)


@router.post("/notes", status_code=201, tags=["Notes"], summary="Write a note", response_model=NoteOut)
def write_note(request: Request, user: User, note: NoteIn) -> Note:
    """Store a new note."""
    store: Store = request.app.state.store
    return store.add_note(user, note.text)


@router.delete(
    "/notes/{note_id}", status_code=204, tags=["Notes"], summary="Delete a note", responses={404: {}}
)
def delete_note(request: Request, user: User, note_id: str) -> None:
    """Delete one of your notes."""
    store: Store = request.app.state.store
    if not store.delete_note(user, note_id):
        raise HTTPException(404, "You have no note of this id.")


@router.get("/docs", include_in_schema=False)
def docs(request: Request) -> Response:
    """Swagger UI, from files of this server."""
    return page(request, "docs.html")
