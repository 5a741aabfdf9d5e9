"""Drives exchangelib against an EWS endpoint and says what came of it, as JSON.

usage: sandbox_exchangelib.py URL USERNAME PASSWORD STEP...
"""

import base64
import datetime
import json
import os
import sys
import traceback

from exchangelib import (
    BASIC,
    IMPERSONATION,
    Account,
    CalendarItem,
    Configuration,
    Contact,
    Credentials,
    EWSDateTime,
    FileAttachment,
    Folder,
    HTMLBody,
    Identity,
    ItemAttachment,
    Mailbox,
    Message,
    UTC,
    Version,
)
from exchangelib.version import EXCHANGE_2016
from exchangelib.errors import ErrorFolderNotFound, ErrorItemNotFound, ErrorNonExistentMailbox

URL, USERNAME, PASSWORD = sys.argv[1:4]
ALICE = "alice@example.com"
BOB = "bob@example.com"


def configuration(auto=False):
    details = {} if auto else {"auth_type": BASIC, "version": Version(build=EXCHANGE_2016)}
    return Configuration(
        service_endpoint=URL, credentials=Credentials(USERNAME, PASSWORD), **details
    )


def account(address=ALICE, identity=None, auto=False):
    found = (Account if identity is None else OtherIdentity)(
        address,
        config=configuration(auto),
        autodiscover=False,
        access_type=IMPERSONATION,
        default_timezone=UTC,
    )
    if identity is not None:
        found.identity = identity
    return found


def detect():
    found = account(auto=True)
    return {
        "auth": found.protocol.auth_type,
        "build": str(found.version.build),
        "count": found.inbox.total_count,
    }


def folders():
    found = account()
    names = sorted(folder.name for folder in found.msg_folder_root.walk())
    child = Folder(parent=found.inbox, name="Projects")
    child.save()
    child.name = "Old projects"
    child.save()
    found.root.refresh()
    renamed = [folder.name for folder in found.inbox.children]
    child.delete()
    found.root.refresh()
    return {
        "names": names,
        "renamed": renamed,
        "left": [folder.name for folder in found.inbox.children],
        "archive": [folder.name for folder in found.archive_msg_folder_root.children],
    }


def items():
    found = account()
    subjects = [item.subject for item in found.inbox.all().order_by("-datetime_received")]
    page = [item.subject for item in found.inbox.all().order_by("subject")[1:3]]
    filtered = [item.subject for item in found.inbox.filter(subject__icontains="REPORT")]
    since = datetime.timedelta(days=2, hours=12)
    recent = found.inbox.filter(
        datetime_received__gt=EWSDateTime.now(tz=UTC) - since, is_read=False
    ).count()
    report = found.inbox.get(subject="Quarterly report")
    report.is_read = True
    report.subject = "Read report"
    report.save(update_fields=["is_read", "subject"])
    again = found.inbox.get(subject="Read report")
    is_read = again.is_read
    again.move(found.trash)
    draft = Message(
        account=found,
        folder=found.drafts,
        subject="Draft <&> é",
        body=HTMLBody("<p>ü &amp; x</p>"),
        to_recipients=[Mailbox(email_address=BOB)],
        categories=["Blue", "Green"],
    ).save()
    kept = found.drafts.get(subject="Draft <&> é")
    kept.send(save_copy=True)
    Message(
        account=found,
        subject="Sent at once",
        body="plain",
        to_recipients=["bob@example.com", "boss@example.com"],
    ).send()
    count = found.drafts.filter(subject="Draft <&> é").count()
    found.trash.get(subject="Read report").delete()
    return {
        "subjects": subjects,
        "page": page,
        "filtered": filtered,
        "recent": recent,
        "read": is_read,
        "attachments": [attachment.name for attachment in again.attachments],
        "body": kept.body,
        "categories": kept.categories,
        "text": found.sent.get(subject="Draft <&> é").text_body,
        "draft": draft.id is not None,
        "drafts": count,
        "trash": found.trash.filter(subject="Read report").count(),
        "bob": sorted(item.subject for item in account(BOB).inbox.all().only("subject")),
        "ceo": [item.subject for item in account("ceo@example.com").inbox.filter(subject="Sent at once")],
    }


def calendar():
    found = account()
    now = EWSDateTime.now(tz=UTC)
    days = datetime.timedelta(days=1)
    seeded = [item.subject for item in found.calendar.view(start=now - 10 * days, end=now + 10 * days)]
    start = now.replace(microsecond=0) + 3 * days
    CalendarItem(
        account=found,
        folder=found.calendar,
        subject="Invitation",
        start=start,
        end=start + days / 24,
        required_attendees=[BOB],
    ).save(send_meeting_invitations="SendToAllAndSaveCopy")
    event = found.calendar.get(subject="Invitation")
    request = account(BOB).inbox.get(subject="Invitation")
    request.accept()
    accepted = account(BOB).calendar.get(subject="Invitation")
    contact = Contact(
        account=found, folder=found.contacts, given_name="Ada", surname="Lovelace", display_name="Ada Lovelace",
        file_as="Lovelace, Ada",
    ).save()
    contact.company_name = "Engines"
    contact.save(update_fields=["company_name"])
    return {
        "seeded": seeded,
        "start": event.start == start,
        "organizer": event.organizer.email_address,
        "attendees": [attendee.mailbox.email_address for attendee in event.required_attendees],
        "accepted": accepted.my_response_type,
        "answer": [item.subject for item in found.inbox.filter(subject__startswith="Accepted")],
        "company": found.contacts.get(display_name="Ada Lovelace").company_name,
        "availability": [
            view.view_type
            for view in found.protocol.get_free_busy_info(
                accounts=[(found, "Required", False)], start=now, end=now + days
            )
        ],
    }


def attachments():
    found = account()
    content = os.urandom(10 * 1024 * 1024)
    message = Message(account=found, folder=found.drafts, subject="Big", body="x")
    message.attach(FileAttachment(name="big.bin", content=content))
    message.save()
    message.attach(FileAttachment(name="late.txt", content=b"late"))
    inner = Message(subject="Inner", body="inside")
    message.attach(ItemAttachment(name="inner", item=inner))
    again = found.drafts.all().only("subject", "attachments").get(subject="Big")
    by_name = {attachment.name: attachment for attachment in again.attachments}
    late = by_name["late.txt"].content
    by_name["late.txt"].detach()
    mime = Message(
        account=found,
        folder=found.drafts,
        mime_content=b"From: x@y.example\r\nTo: bob@example.com\r\nSubject: =?utf-8?Q?M=C3=AFme?=\r\n\r\nHi\r\n",
    ).save()
    kept = found.drafts.get(subject="Mïme")
    return {
        "identical": by_name["big.bin"].content == content,
        "late": late.decode(),
        "inner": by_name["inner"].item.subject,
        "left": sorted(a.name for a in found.drafts.all().only("subject", "attachments").get(subject="Big").attachments),
        "mime": base64.b64encode(kept.mime_content).decode(),
        "from": kept.author.email_address,
        "made": b"Subject: Welcome" in found.inbox.get(subject="Welcome").mime_content,
        "saved": mime.id == kept.id,
    }


def export():
    found = account()
    content = os.urandom(200_000)
    message = Message(account=found, folder=found.drafts, subject="Exported", body="x")
    message.attach(FileAttachment(name="data.bin", content=content))
    message.save()
    [data] = found.export([(message.id, message.changekey)])
    found.upload([(found.inbox, data)])
    copy = found.inbox.get(subject="Exported")
    return {
        "identical": copy.attachments[0].content == content,
        "other": copy.id != message.id,
        "body": copy.body,
    }


def sync():
    found = account()
    seen = []

    def run():
        changes = [
            (kind, (item.subject if kind in ("create", "update") else None))
            for kind, item in found.inbox.sync_items(only_fields=["subject"], max_changes_returned=2)
        ]
        seen.append(sorted(changes, key=str))

    run()
    Message(account=found, folder=found.inbox, subject="New").save()
    run()
    item = found.inbox.get(subject="New")
    item.subject = "Newer"
    item.save(update_fields=["subject"])
    run()
    item = found.inbox.get(subject="Newer")
    item.is_read = False
    item.save(update_fields=["is_read"])
    run()
    item.delete()
    run()
    run()
    hierarchy = [kind for kind, _ in found.msg_folder_root.sync_hierarchy()]
    Folder(parent=found.inbox, name="Synced").save()
    later = [(kind, folder.name) for kind, folder in found.msg_folder_root.sync_hierarchy()]
    return {"items": seen, "folders": len(hierarchy), "later": later}


def notifications():
    found = account()
    subscription = found.inbox.subscribe_to_pull()
    subscription_id, watermark = subscription
    Message(account=found, folder=found.inbox, subject="Pull").save()
    pulled = []
    for notification in found.inbox.get_events(subscription_id, watermark):
        pulled += [type(event).__name__ for event in notification.events]
    found.inbox.unsubscribe(subscription_id)
    with found.inbox.streaming_subscription() as stream_id:
        Message(account=found, folder=found.inbox, subject="Stream").save()
        streamed = []
        for notification in found.inbox.get_streaming_events(stream_id, connection_timeout=1):
            streamed += [type(event).__name__ for event in notification.events]
    return {"pulled": pulled, "streamed": streamed}


class OtherIdentity(Account):
    """exchangelib wants an address in each DistinguishedFolderId, whatever the identity."""

    @property
    def primary_smtp_address(self):
        return self.identity.primary_smtp_address or "ceo@example.com"


def identities():
    counts = {}
    for name, identity in {
        "smtp": Identity(smtp_address="boss@example.com"),
        "primary": Identity(primary_smtp_address="ceo@example.com"),
        "upn": Identity(upn="ceo@corp.example.com"),
        "sid": Identity(sid="S-1-5-21-1-2-3-1104"),
    }.items():
        found = account("ceo@example.com", identity=identity)
        found.inbox.refresh()
        counts[name] = found.inbox.total_count
    try:
        account("nobody@example.com").inbox.refresh()
        counts["unknown"] = "none"
    except ErrorNonExistentMailbox:
        counts["unknown"] = "ErrorNonExistentMailbox"
    return counts


def directory():
    found = account()
    settings = found.oof_settings
    settings.state = "Enabled"
    settings.internal_reply = "Away"
    settings.external_reply = "Away"
    found.oof_settings = settings
    return {
        "names": [mailbox.email_address for mailbox in found.protocol.resolve_names(["bob"])],
        "dl": sorted(mailbox.email_address for mailbox in found.protocol.expand_dl("dl@example.com")),
        "zones": [zone.id for zone in found.protocol.get_timezones(return_full_timezone_data=True)][:2],
        "lists": [room_list.email_address for room_list in found.protocol.get_roomlists()],
        "rooms": [room.email_address for room in found.protocol.get_rooms("rooms@example.com")],
        "oof": found.oof_settings.state,
        "delegates": len(found.delegates),
        "rules": len(list(found.rules)) if hasattr(found, "rules") else 0,
        "converted": [
            converted.format
            for converted in found.protocol.convert_ids(
                [__import__("exchangelib").properties.AlternateId(
                    id=found.inbox.id, format="EwsId", mailbox=ALICE)], "HexEntryId")
        ],
        "options": found.root.get_user_configuration("OWA.UserOptions").dictionary["timezone"],
    }


def foreign():
    found = account()
    result = {}
    other = account(BOB)
    item = other.inbox.all().only("subject")[0]
    for name, action in {
        "item": lambda: list(found.fetch([(item.id, item.changekey)])),
        "folder": lambda: list(found.inbox.__class__(root=found.root, id=other.inbox.id).all()),
    }.items():
        try:
            got = action()
            result[name] = [type(entry).__name__ for entry in got]
        except (ErrorFolderNotFound, ErrorItemNotFound) as error:
            result[name] = type(error).__name__
    return result


for step in sys.argv[4:]:
    try:
        outcome = globals()[step]()
    except Exception:
        outcome = {"error": traceback.format_exc()}
    print(json.dumps({"step": step, "outcome": outcome}), flush=True)
