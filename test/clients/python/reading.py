"""Reads a mailbox in all the ways that a backup does: folders, items, files, changes, events."""

import hashlib

from gateway import SETTINGS, account, pause, run
from exchangelib import Identity

ALICE = "alice@example.com"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def detected():
    found = account(detect=True)
    found.inbox.refresh()
    return {"auth": found.protocol.auth_type, "build": str(found.version.build)[:4]}


def folders():
    return sorted(folder.name for folder in account().msg_folder_root.children)


def items():
    found = account()
    received = found.inbox.all().order_by("subject")
    return {
        "subjects": [item.subject for item in received.only("subject")],
        "page": [item.subject for item in received.only("subject")[1:3]],
        "found": [item.subject for item in found.inbox.filter(subject__icontains="CONTRACT")],
        "count": found.inbox.filter(has_attachments=True).count(),
    }


def contract():
    item = account().inbox.get(subject__startswith="Contract")
    [file] = item.attachments
    return {
        "subject": item.subject,
        "body": item.body,
        "from": item.author.email_address,
        "file": [file.name, sha256(file.content)],
        "mime": item.mime_content.count(b"Subject: "),
    }


def ten_megabytes():
    inbox = account("bob").inbox
    [file] = inbox.filter(subject="Big").only("attachments").get().attachments
    return sha256(file.content)


def exported():
    found = account()
    item = found.inbox.get(subject__startswith="Contract")
    [data] = found.export([(item.id, item.changekey)])
    return len(data) > 4000


def changes():
    found = account()
    hierarchy, inbox = found.msg_folder_root, found.inbox

    def seen():
        return {
            "folders": [kind for kind, _ in hierarchy.sync_hierarchy()],
            "items": [
                [kind, item.subject]
                for kind, item in inbox.sync_items(only_fields=["subject"], max_changes_returned=2)
            ],
        }

    first = seen()
    nothing = seen()
    pause("change")
    return {"first": first, "nothing": nothing, "changed": seen()}


def pulled():
    inbox = account().inbox
    subscription, watermark = inbox.subscribe_to_pull()
    pause("deliver")
    events = [
        type(event).__name__
        for notification in inbox.get_events(subscription, watermark)
        for event in notification.events
    ]
    inbox.unsubscribe(subscription)
    return sorted(events)


def streamed():
    inbox = account().inbox
    with inbox.streaming_subscription() as subscription:
        pause("listen")
        stream = inbox.get_streaming_events(
            subscription, connection_timeout=1, max_notifications_returned=1
        )
        return [type(event).__name__ for notification in stream for event in notification.events]


def identities():
    counts = {}
    for kind, identity in {
        "SmtpAddress": Identity(smtp_address=ALICE),
        "PrimarySmtpAddress": Identity(primary_smtp_address=ALICE),
        "PrincipalName": Identity(upn="alice@corp.example.com"),
        "SID": Identity(sid=SETTINGS["sid"]),
    }.items():
        inbox = account(identity=identity).inbox
        inbox.refresh()
        counts[kind] = inbox.total_count
    return counts


run(
    detected,
    folders,
    items,
    contract,
    ten_megabytes,
    exported,
    identities,
    changes,
    pulled,
    streamed,
)
