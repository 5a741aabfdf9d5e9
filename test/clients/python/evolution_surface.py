"""Evolution's mail, and then its calendar, contacts, tasks, and memos, in one session."""

from evolution_account import keep_desk

keep_desk()
import evolution  # noqa: E402, F401
import evolution_calendar  # noqa: E402, F401
