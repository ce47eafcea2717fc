"""Advice for errors of the AWS API."""

from moorage.rollout.ask import RENEW, AskError, Denied, Expired, Unreachable


def explained(error: AskError) -> str:
    """Return what went wrong as a text for the user, with what to do."""
    if isinstance(error, Expired):
        return f"{error}\n{RENEW} and run the command again"
    if isinstance(error, Denied) and error.action:
        action = error.action if ":" in error.action else f"the permission for {error.action}"
        return f"{action} is not allowed: let whoever administers the account allow it\n{error}"
    text = str(error)
    if isinstance(error, Denied):
        return f"{text}\nset AWS_PROFILE, give --profile, or run `aws configure`"
    if isinstance(error, Unreachable):
        return f"AWS does not answer: {text}\ntry again in a moment"
    if "specify a region" in text:
        return "no region is set: give --region, or set AWS_REGION"
    return text
