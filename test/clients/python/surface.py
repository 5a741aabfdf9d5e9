"""Does everything that exchangelib can do, step by step, and says how each step ended.

An account that goes directly to the server prepares each step, so no step depends on what another one was allowed to do.
"""

import datetime
import traceback
from decimal import Decimal

from exchangelib import (
    UTC,
    CalendarItem,
    Contact,
    EWSDateTime,
    FileAttachment,
    Folder,
    FolderCollection,
    Message,
    OofSettings,
    Task,
)
from exchangelib.properties import Actions, AlternateId, Conditions, Rule
from gateway import SETTINGS, account, pause, tell

ALICE, BOB = "alice@example.com", "bob@example.com"
NOW = EWSDateTime.now(tz=UTC).replace(microsecond=0)
HOUR = datetime.timedelta(hours=1)
CURRENT = {}
STEPS = []


def step(area, words):
    """Registers a step. Its function gets the direct account and the account that is tried."""

    def register(function):
        STEPS.append((area, words, function))
        return function

    return register


def steps(area, table):
    for words, function in table.items():
        step(area, words)(function)


def names(folders):
    return sorted(folder.name for folder in folders)


def subjects(items):
    return sorted(item if isinstance(item, str) else subject_of(item) for item in items)


def subject_of(item):
    return type(item).__name__ if isinstance(item, Exception) else str(item.subject)


def twin(found, item, **fields):
    """An item of the direct account, as the account that is tried knows it from before."""
    return item.__class__(account=found, id=item.id, changekey=item.changekey, **fields)


def folder_twin(found, folder):
    return Folder(root=found.root, id=folder.id, changekey=folder.changekey, name=folder.name)


def unique(words):
    """A subject that no other step has."""
    return f"{words} {CURRENT['step']}"


def mail(direct, subject=None, **fields):
    """A mail from Bob, which has arrived, so it is no draft."""
    subject = subject or unique("Mail")
    sender = direct_account("bob")
    letter = {"subject": subject, "body": "text", "to_recipients": [ALICE], **fields}
    Message(account=sender, folder=sender.drafts, **letter).send()
    return direct.inbox.get(subject=subject)


def draft(direct, **fields):
    fields = {"subject": "Draft", "body": "text", "to_recipients": [BOB], **fields}
    return Message(account=direct, folder=direct.drafts, **fields).save()


def new(found, **fields):
    return Message(account=found, folder=found.drafts, subject="New", body="text", **fields)


def event(of, subject="Event", **fields):
    return CalendarItem(
        account=of,
        folder=of.calendar,
        subject=subject,
        start=NOW + 24 * HOUR,
        end=NOW + 25 * HOUR,
        **fields,
    )


def meeting(of, subject):
    item = event(of, subject, required_attendees=[BOB if of.address == ALICE else ALICE])
    return item.save(send_meeting_invitations="SendToAllAndSaveCopy")


def invitation(direct):
    """An invitation from Bob, which has arrived."""
    subject = unique("Invitation")
    meeting(direct_account("bob"), subject)
    return direct.inbox.get(subject=subject)


def folder(direct, name, parent=None):
    return Folder(parent=parent or direct.inbox, name=name).save()


def change(item, **fields):
    for name, value in fields.items():
        setattr(item, name, value)
    item.save(update_fields=list(fields))


def attachment(name="a.txt"):
    return FileAttachment(name=name, content=b"content")


def fetched(found, items, **fields):
    return subjects(found.fetch([(item.id, item.changekey) for item in items], **fields))


def raising(results):
    """Raises the first error of the results of a batch."""
    for result in results if isinstance(results, list) else [results]:
        if isinstance(result, Exception):
            raise result


# Folders


steps("mail", {"open the inbox": lambda _, found: found.inbox.total_count > 0})
steps("calendar", {"open the calendar": lambda _, found: found.calendar.name})
steps("contacts", {"open the contacts": lambda _, found: found.contacts.name})
steps("tasks", {"open the tasks": lambda _, found: found.tasks.name})
steps(
    "root",
    {
        "open the root": lambda _, found: found.root.refresh(),
        "walk all folders": lambda _, found: names(found.root.walk()),
        "list the folders that users see": lambda _, found: names(found.msg_folder_root.children),
        "find folders by a pattern": lambda _, found: names(found.msg_folder_root.glob("*")),
        "show the tree of folders": lambda _, found: len(found.msg_folder_root.tree()) > 0,
        "synchronize the folders": lambda _, found: sorted(
            entry.name for _, entry in found.msg_folder_root.sync_hierarchy()
        ),
    }
)


@step("mail", "open a subfolder of the inbox by its name")
def _(direct, found):
    folder(direct, "Projects")
    return (found.inbox / "Projects").name


@step("calendar", "open a subfolder of the calendar by its name")
def _(direct, found):
    Folder(parent=direct.calendar, name="Team", folder_class="IPF.Appointment").save()
    return (found.calendar / "Team").name


steps(
    "mail",
    {
        "create a folder": lambda _, found: Folder(parent=found.inbox, name="Created").save().name,
        "rename a folder": lambda direct, found: change(
            folder_twin(found, folder(direct, "Old")), name="Renamed"
        ),
        "move a folder": lambda direct, found: folder_twin(found, folder(direct, "Moved")).move(
            found.drafts
        ),
        "empty a folder": lambda direct, found: folder_twin(found, folder(direct, "Full")).empty(),
        "delete a folder": lambda direct, found: folder_twin(
            found, folder(direct, "Deleted")
        ).delete(),
    }
)


# Reading mail


@step("mail", "read mail with all its fields")
def _(direct, found):
    mail(direct, "All fields")
    return subjects(found.inbox.filter(subject="All fields"))


@step("mail", "read deleted items")
def _(direct, found):
    mail(direct, "A deleted mail").move_to_trash()
    event(direct, "A deleted event").save().move_to_trash()
    return subjects(found.trash.filter(subject__startswith="A deleted"))


@step("mail", "fetch a mail and an event by their IDs")
def _(direct, found):
    items = [mail(direct, "A mail"), event(direct, "An event").save()]
    return fetched(found, items, only_fields=["subject"])


@step("mail", "fetch a mail by its ID")
def _(direct, found):
    return fetched(found, [mail(direct, "One")], only_fields=["subject", "body"])


@step("mail", "read an attachment")
def _(direct, found):
    mail(direct, "With a file", attachments=[attachment()])
    [item] = found.inbox.filter(subject="With a file").only("attachments")
    return item.attachments[0].content.decode()


@step("mail", "export a mail")
def _(direct, found):
    item = mail(direct, "Exported")
    [data] = found.export([(item.id, item.changekey)])
    raising(data)
    return len(data) > 0


@step("mail", "upload a mail")
def _(direct, found):
    item = mail(direct, "Uploaded")
    [data] = direct.export([(item.id, item.changekey)])
    raising(data)
    inbox = direct.inbox
    [result] = found.upload([(inbox, data)])
    raising(result)


steps(
    "mail",
    {
        "list mail": lambda _, found: len(list(found.inbox.all().only("subject"))) > 0,
        "list mail in order, by pages": lambda _, found: len(
            list(found.inbox.all().only("subject").order_by("-datetime_received")[:2])
        ),
        "find mail by its subject": lambda direct, found: [
            mail(direct, "Needle in hay").subject,
            found.inbox.filter(subject__icontains="needle").only("subject").count() > 0,
        ],
        "search mail by a query": lambda _, found: found.inbox.filter("subject:Needle").count() >= 0,
        "read the MIME content": lambda direct, found: [
            mail(direct, "Raw").subject,
            b"Subject" in found.inbox.filter(subject="Raw").only("mime_content")[0].mime_content,
        ],
        "search several folders": lambda _, found: len(
            list(FolderCollection(found, [found.inbox, found.drafts]).all().only("subject"))
        )
        > 0,
    }
)


# Drafts and sending


@step("sending", "attach a file to a draft that is saved, and send it")
def _(direct, found):
    item = new(found, to_recipients=[BOB]).save()
    item.attach(attachment())
    item.send()


@step("mail", "change a draft")
def _(direct, found):
    change(twin(found, draft(direct)), subject="Changed")


@step("sending", "send a draft")
def _(direct, found):
    twin(found, draft(direct), to_recipients=[BOB]).send()


@step("mail", "delete an attachment")
def _(direct, found):
    item = new(direct, attachments=[attachment()]).save()
    kept = direct.drafts.get(id=item.id, changekey=item.changekey)
    copy = twin(found, kept)
    found_file = kept.attachments[0]
    found_file.parent_item = copy
    found_file.detach()


def answer(make):
    return lambda direct, found: make(
        twin(found, mail(direct), author=BOB, to_recipients=[ALICE])
    )


steps(
    "mail",
    {
        "save a draft": lambda _, found: new(found).save().id is not None,
        "save a draft with a file": lambda _, found: new(found, attachments=[attachment()])
        .save()
        .id
        is not None,
        "attach a file to a draft": lambda direct, found: twin(found, draft(direct)).attach(
            attachment()
        ),
        "save mail in the inbox": lambda _, found: Message(
            account=found, folder=found.inbox, subject="Planted"
        )
        .save()
        .id
        is not None,
        "save a reply as a draft": lambda direct, found: twin(
            found, mail(direct), author=BOB, to_recipients=[ALICE]
        )
        .create_reply("RE: Question", "text")
        .save(found.drafts)
        .id
        is not None,
    },
)
steps(
    "sending",
    {
        "send a mail": lambda _, found: new(found, to_recipients=[BOB]).send(),
        "send a mail and keep it": lambda _, found: new(found, to_recipients=[BOB]).send_and_save(),
        "send a mail as another person": lambda _, found: new(
            found, to_recipients=[BOB], author=BOB
        ).send(),
        "reply": answer(lambda item: item.reply("RE: Question", "text")),
        "reply to all": answer(lambda item: item.reply_all("RE: Question", "text")),
        "forward": answer(lambda item: item.forward("FW: Question", "text", to_recipients=[BOB])),
    }
)


# Changing mail


def with_mail(act):
    return lambda direct, found: act(twin(found, mail(direct)), found)


steps(
    "mail",
    {
        "mark a mail as read": with_mail(lambda item, _: change(item, is_read=True)),
        "set categories": with_mail(lambda item, _: change(item, categories=["Red"])),
        "copy a mail": with_mail(lambda item, found: raising(item.copy(found.drafts))),
        "move a mail": with_mail(lambda item, found: item.move(found.drafts)),
        "move a mail to the deleted items": with_mail(lambda item, _: item.move_to_trash()),
        "delete a mail softly": with_mail(lambda item, _: item.soft_delete()),
        "delete a mail": with_mail(lambda item, _: item.delete()),
        "mark a mail as junk": with_mail(lambda item, _: item.mark_as_junk()),
        "archive a mail": with_mail(lambda item, found: item.archive(found.drafts)),
    }
)


# Calendar


def with_event(act):
    return lambda direct, found: act(twin(found, event(direct).save()))


def with_meeting(act):
    def run(direct, found):
        item = meeting(direct, "Own meeting")
        return act(twin(found, item, start=item.start, end=item.end))

    return run


def responding(act):
    return lambda direct, found: act(twin(found, invitation(direct)))


@step("calendar", "read events")
def _(direct, found):
    event(direct, "Seen").save()
    return "Seen" in subjects(found.calendar.view(start=NOW, end=NOW + 48 * HOUR).only("subject"))


@step("calendar", "read events with all their fields")
def _(direct, found):
    event(direct, "Seen whole").save()
    return subjects(found.calendar.filter(subject="Seen whole"))


@step("calendar", "list a calendar with a mail in it")
def _(direct, found):
    Message(account=direct, folder=direct.calendar, subject="A mail in the calendar").save()
    event(direct, "An event beside a mail").save()
    listed = subjects(found.calendar.all().only("subject"))
    return [subject for subject in listed if " mail" in subject]


steps(
    "calendar",
    {
        "save an event": lambda _, found: event(found).save().id is not None,
        "change an event": with_event(lambda item: change(item, subject="Changed")),
        "delete an event": with_event(lambda item: item.delete()),
        "read free/busy times": lambda _, found: len(
            list(
                found.protocol.get_free_busy_info(
                    accounts=[(found, "Organizer", False)], start=NOW, end=NOW + 24 * HOUR
                )
            )
        ),
    },
)
steps(
    "meetings",
    {
        "invite to a meeting": lambda _, found: meeting(found, "Invited").id is not None,
        "change a meeting, and tell the attendees": with_meeting(
            lambda item: [
                setattr(item, "subject", "Changed"),
                item.save(
                    update_fields=["subject"], send_meeting_invitations="SendToAllAndSaveCopy"
                ),
            ][0]
        ),
        "cancel a meeting": with_meeting(lambda item: item.cancel() and None),
        "delete a meeting, and tell the attendees": with_meeting(
            lambda item: item.delete(send_meeting_cancellations="SendToAllAndSaveCopy")
        ),
        "accept an invitation": responding(lambda item: item.accept() and None),
        "accept an invitation tentatively": responding(
            lambda item: item.tentatively_accept() and None
        ),
        "decline an invitation": responding(lambda item: item.decline() and None),
    }
)


# Contacts and tasks


def contact(of):
    return Contact(account=of, folder=of.contacts, display_name="Ada", file_as="Ada")


def task(of):
    return Task(account=of, folder=of.tasks, subject="To do")


steps(
    "contacts",
    {
        "search people": lambda _, found: len(list(found.contacts.people().only("display_name"))) >= 0,
        "read contacts": lambda _, found: len(list(found.contacts.all().only("display_name"))) > 0,
        "save a contact": lambda _, found: contact(found).save().id is not None,
        "change a contact": lambda direct, found: change(
            twin(found, contact(direct).save()), display_name="Grace"
        ),
        "delete a contact": lambda direct, found: twin(found, contact(direct).save()).delete(),
    },
)
steps(
    "tasks",
    {
        "read tasks": lambda direct, found: [
            task(direct).save().subject,
            len(list(found.tasks.all().only("subject"))) > 0,
        ],
        "save a task": lambda _, found: task(found).save().id is not None,
        "complete a task": lambda direct, found: change(
            twin(found, task(direct).save()), percent_complete=Decimal(100)
        ),
    }
)


# Settings and names


def away(found):
    found.oof_settings = OofSettings(
        state="Enabled", internal_reply="Away", external_reply="Away", external_audience="All"
    )


def rule():
    return Rule(
        display_name="Rule",
        priority=1,
        is_enabled=True,
        conditions=Conditions(contains_subject_strings=["x"]),
        actions=Actions(delete=True),
    )


steps(
    "mailbox",
    {
        "read inbox rules": lambda _, found: len(list(found.rules)),
        "create an inbox rule": lambda _, found: found.create_rule(rule()),
        "read the out-of-office reply": lambda _, found: found.oof_settings.state is not None,
        "set the out-of-office reply": lambda _, found: away(found),
        "read delegates": lambda _, found: len(found.delegates),
        "read a user configuration": lambda _, found: found.root.get_user_configuration(
            "OWA.UserOptions"
        )
        is not None,
        "read mail tips": lambda _, found: found.mail_tips is not None,
        "resolve a name": lambda _, found: [
            found_name.email_address for found_name in found.protocol.resolve_names(["bob"])
        ],
        "resolve a name in the address book": lambda _, found: [
            found_name.email_address
            for found_name in found.protocol.resolve_names(["bob"], search_scope="ActiveDirectory")
        ],
        "expand a distribution list": lambda _, found: len(found.protocol.expand_dl("dl@example.com")),
        "list rooms": lambda _, found: len(list(found.protocol.get_rooms("rooms@example.com"))),
        "read time zones": lambda _, found: len(list(found.protocol.get_timezones())) > 0,
        "convert an ID": lambda direct, found: [
            converted.format
            for converted in found.protocol.convert_ids(
                [AlternateId(id=direct.inbox.id, format="EwsId", mailbox=ALICE)], "HexEntryId"
            )
        ],
        "read the inbox of another user by its ID": lambda _, found: len(
            list(foreign_inbox(found).all().only("subject"))
        )
        > 0,
    }
)


def foreign_inbox(found):
    """The inbox of Bob by its ID, opened as Alice."""
    return found.inbox.__class__(root=found.root, id=direct_account("bob").inbox.id)


# Synchronization and notifications


@step("mail", "get notifications by polling")
def _(direct, found):
    subscription, watermark = found.inbox.subscribe_to_pull()
    mail(direct, "Polled")
    events = [
        type(entry).__name__
        for notification in found.inbox.get_events(subscription, watermark)
        for entry in notification.events
    ]
    found.inbox.unsubscribe(subscription)
    return sorted(set(events))


@step("mail", "get notifications in a stream")
def _(direct, found):
    inbox = found.inbox
    with inbox.streaming_subscription() as subscription:
        pause("listen")
        stream = inbox.get_streaming_events(
            subscription, connection_timeout=1, max_notifications_returned=1
        )
        return sorted({type(one).__name__ for note in stream for one in note.events})


steps(
    "calendar",
    {
        "synchronize the calendar": lambda _, found: len(
            list(found.calendar.sync_items(only_fields=["subject"]))
        )
        > 0,
    },
)
steps(
    "mail",
    {
        "synchronize mail": lambda _, found: len(
            list(found.inbox.sync_items(only_fields=["subject"]))
        )
        > 0,
        "synchronize mail with all its fields": lambda _, found: len(list(found.inbox.sync_items()))
        > 0,
        "get pushed notifications": lambda _, found: found.inbox.subscribe_to_push(
            "http://127.0.0.1:9/push"
        )
        is not None,
    }
)


def direct_account(name="alice"):
    return account(name, at=SETTINGS["direct"])


def outcome_of(act):
    try:
        value = act(direct_account(), account(at=SETTINGS["tried"]))
    except Exception as error:
        if SETTINGS.get("verbose"):
            traceback.print_exc()
        return {"error": type(error).__name__}
    return {"value": value if isinstance(value, bool | int | str | list) else None}


for CURRENT["step"], (area, words, act) in enumerate(STEPS):
    tell(words, {"area": area, **outcome_of(act)})
