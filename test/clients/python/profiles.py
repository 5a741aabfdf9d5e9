"""Tries what a profile allows and denies, and says what each attempt came to."""

import datetime

from gateway import SETTINGS, account, name_of, run
from exchangelib import UTC, CalendarItem, EWSDateTime, Message

NOW = EWSDateTime.now(tz=UTC).replace(microsecond=0)
HOUR = datetime.timedelta(hours=1)


def draft(found):
    return Message(account=found, folder=found.drafts, subject="Draft of a client", body="y")


def event(found):
    return CalendarItem(
        account=found, folder=found.calendar, subject="Event", start=NOW, end=NOW + HOUR
    )


def exported(found, ids):
    [data] = found.export(ids)
    return data


def attempted():
    found = account()
    # Under a profile without mail, a client knows the ID of an item from before.
    ids = [(SETTINGS["item"]["id"], SETTINGS["item"]["changekey"])]
    attempts = {
        "read the calendar": lambda: list(found.calendar.all().only("subject")),
        "read the inbox": lambda: list(found.inbox.all().only("subject")),
        "read an item": lambda: list(found.fetch(ids, only_fields=["subject", "body"])),
        "read all of an item": lambda: list(found.fetch(ids)),
        "export": lambda: exported(found, ids),
        "save a draft": lambda: draft(found).save(),
        "save an event": lambda: event(found).save(),
        "send": lambda: Message(
            account=found, subject="x", body="y", to_recipients=["bob@example.com"]
        ).send(),
        "move to the bin": lambda: found.bulk_move(ids, found.trash),
        "delete": lambda: found.bulk_delete(ids),
    }
    return {name: name_of(attempt) for name, attempt in attempts.items()}


run(attempted)
