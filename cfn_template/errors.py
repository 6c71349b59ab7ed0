"""What is wrong with a template, in two wordings: CloudFormation's, and what was got and expected."""

from __future__ import annotations

Path = tuple[str | int, ...]


class TemplateError(Exception):
    """A template, or a value in it, that cannot be read or evaluated.

    `message` is worded as CloudFormation words it, `detail` says what was got and what was expected. `path` holds the
    keys and indexes that lead to it from the value that was evaluated; a resolver need not know it.
    """

    def __init__(self, message: str, detail: str = "", path: Path | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail or message
        self.path = path


class UnsupportedFunctionError(TemplateError):
    """An intrinsic function that this package, or the resolver in use, does not have."""

    def __init__(self, function: str, path: Path | None = None) -> None:
        super().__init__(
            f"Template error: the function {function} is not supported", f"got the function {function}", path
        )
        self.function = function
