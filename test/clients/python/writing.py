"""Changes a mailbox in every way that exchangelib has, and says what each attempt came to."""

import datetime
import hashlib
import os

from gateway import SETTINGS, account, name_of, run
from exchangelib import (
    UTC,
    CalendarItem,
    Contact,
    EWSDateTime,
    FileAttachment,
    Folder,
    Message,
    Task,
)
from exchangelib.properties import Actions, Conditions, Rule

NOW = EWSDateTime.now(tz=UTC).replace(microsecond=0)
HOUR = datetime.timedelta(hours=1)


def message(found, **fields):
    return Message(account=found, folder=found.drafts, **{"subject": "x", "body": "y", **fields})


def event(found, **fields):
    return CalendarItem(
        account=found,
        folder=found.calendar,
        subject="Invitation",
        start=NOW + 24 * HOUR,
        end=NOW + 25 * HOUR,
        **fields,
    )


def update(item, **fields):
    for field, value in fields.items():
        setattr(item, field, value)
    return item.save(update_fields=list(fields))


def away(found):
    settings = found.oof_settings
    settings.state = "Enabled"
    settings.internal_reply = settings.external_reply = "Away"
    found.oof_settings = settings


def rename(folder, name):
    """Without update_fields exchangelib writes all fields, and so the permissions."""
    folder.name = name
    return folder.save(update_fields=["name"])


def attempts(found):
    """Every change that a client can ask for, by name."""
    item = found.inbox.get(subject__startswith="Contract")
    meeting = found.calendar.get(subject="Planning")
    folder = found.inbox
    new_rule = Rule(
        display_name="r",
        priority=1,
        is_enabled=True,
        conditions=Conditions(contains_subject_strings=["x"]),
        actions=Actions(delete=True),
    )
    ten_megabytes = FileAttachment(name="big.bin", content=os.urandom(10 * 1024 * 1024))
    return {
        "save": lambda: message(found).save(),
        "save a big one": lambda: message(found, attachments=[ten_megabytes]).save(),
        "send": lambda: message(found, to_recipients=["bob@example.com"]).send(),
        "send and keep": lambda: message(found, to_recipients=["bob@example.com"]).send_and_save(),
        "reply": lambda: item.reply("RE: x", "y"),
        "forward": lambda: item.forward("FW: x", "y", to_recipients=["bob@example.com"]),
        "update": lambda: update(item, subject="changed"),
        "mark as read": lambda: update(item, is_read=True),
        "move": lambda: item.move(found.drafts),
        "copy": lambda: item.copy(found.drafts),
        "delete": lambda: item.delete(),
        "soft-delete": lambda: item.soft_delete(),
        "to the bin": lambda: item.move_to_trash(),
        "junk": lambda: item.mark_as_junk(),
        "archive": lambda: item.archive(found.drafts),
        "attach": lambda: item.attach(FileAttachment(name="a.txt", content=b"a")),
        "detach": lambda: item.detach(item.attachments),
        "upload": lambda: found.upload([(found.inbox, "AAAA")]),
        "create a folder": lambda: Folder(parent=folder, name="New").save(),
        "rename a folder": lambda: rename(folder, "Renamed"),
        "move a folder": lambda: folder.move(found.drafts),
        "empty a folder": lambda: folder.empty(),
        "delete a folder": lambda: folder.delete(),
        "meeting": lambda: event(found, required_attendees=["bob@example.com"]).save(
            send_meeting_invitations="SendToAllAndSaveCopy"
        ),
        "change a meeting": lambda: meeting.accept(),
        "contact": lambda: Contact(
            account=found, folder=found.contacts, display_name="Ada", file_as="Ada"
        ).save(),
        "task": lambda: Task(account=found, folder=found.tasks, subject="x").save(),
        "out of office": lambda: away(found),
        "inbox rule": lambda: found.create_rule(new_rule),
        "user configuration": lambda: folder.create_user_configuration("x"),
        "push": lambda: folder.subscribe_to_push("http://127.0.0.1:9/push"),
    }


def refused():
    found = account()
    return {name: name_of(attempt) for name, attempt in attempts(found).items()}


def mailed():
    """A draft with ten megabytes up and down again, sent, and answered."""
    found, content = account(), os.urandom(10 * 1024 * 1024)
    draft = message(found, subject="Draft <&> é", body="ü & x", to_recipients=["bob@example.com"])
    draft.attach(FileAttachment(name="big.bin", content=content))
    draft.save()
    drafts = found.drafts.filter(subject="Draft <&> é")
    kept = drafts.only("body", "attachments").get()
    [file] = kept.attachments
    identical = file.content == content
    late = FileAttachment(name="late.txt", content=b"late")
    kept.attach(late)
    late.detach()
    sent = drafts.only("subject").get()
    sent.send(save_copy=True)
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "identical": identical,
        "body": kept.body,
        "arrived": account("bob").inbox.filter(subject="Draft <&> é").count(),
        "left": drafts.count(),
    }


def tidied():
    found = account("carol")
    child = Folder(parent=found.inbox, name="Projects").save()
    rename(child, "Old projects")
    item = found.inbox.get(subject="Lunch on Friday?")
    update(item, subject="Dinner on Friday?", is_read=True)
    item.copy(found.drafts)
    item.move(child)
    held = [kept.subject for kept in child.all()]
    child.empty()
    child.delete()
    return {"held": held, "drafts": found.drafts.filter(subject="Dinner on Friday?").count()}


def met():
    found = account()
    event(found, required_attendees=["bob@example.com"]).save(
        send_meeting_invitations="SendToAllAndSaveCopy"
    )
    account("bob").inbox.get(subject="Invitation").accept()
    return {
        "accepted": account("bob").calendar.get(subject="Invitation").my_response_type,
        "answers": found.inbox.filter(subject__startswith="Accepted").count(),
    }


def went():
    found = account()
    before = found.oof_settings.state
    away(found)
    return [before, found.oof_settings.state]


def never():
    """What no role may do, however much else it may."""
    found = account()
    never = ["inbox rule", "push"]
    return {name: name_of(attempts(found)[name]) for name in never} | {
        "rename a folder with all its fields": name_of(lambda: found.inbox.save()),
    }


if SETTINGS["role"] == "readOnly":
    run(refused)
else:
    run(mailed, tidied, met, went, never)
