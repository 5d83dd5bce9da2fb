"""Errors that a person can act on: each message says what is wrong, where, and how to mend it."""


class M6RecError(Exception):
    """Base of all errors that are shown to the analyst as one line."""


class DataError(M6RecError):
    """The uploaded data cannot be used as it is."""


class ConfigError(M6RecError):
    """An option is unknown or out of its range."""


class RunError(M6RecError):
    """A run directory is missing, incomplete or damaged."""


class Cancelled(M6RecError):
    """The analyst asked for the work to stop; nothing of it is kept."""
