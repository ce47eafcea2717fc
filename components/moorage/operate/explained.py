"""What to do when AWS does not tell."""

from moorage.rollout.ask import AskError, Denied, Unreachable


def explained(error: AskError) -> str:
    """Return what went wrong as a text for the user, with what to do."""
    if isinstance(error, Denied) and error.action:
        action = error.action if ":" in error.action else f"the permission for {error.action}"
        return f"{action} is not allowed: let whoever administers the account allow it\n{error}"
    text = str(error)
    if isinstance(error, Denied):
        if "xpired" in text:
            return f"{text}\nlog in again: `aws sso login`, or get new temporary credentials"
        return f"{text}\nset AWS_PROFILE, give --profile, or run `aws configure`"
    if isinstance(error, Unreachable):
        return f"AWS does not answer: {text}\ntry again in a moment"
    if "specify a region" in text:
        return "no region is set: give --region, or set AWS_REGION"
    return text
