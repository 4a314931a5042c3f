"""The one expected way of saying no."""


class Refused(Exception):
    """An act that the rules do not allow; nothing was changed.

    `message` is an English msgid with `%(name)s` places filled from `params`; the edge translates and shows it,
    beside the form field `field` when one is named.
    """

    def __init__(self, message: str, *, field: str | None = None, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.params = params

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message


class Unknown(LookupError):
    """No such thing, or none that this person may see; the edge answers 404 either way."""
