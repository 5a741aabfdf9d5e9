"""Moves what lies in one mailbox to another: by export and upload, and as MIME."""

from gateway import SETTINGS, account, name_of, run
from exchangelib import ExtendedProperty, Message
from exchangelib.folders import Folder

SOURCE, TARGET = SETTINGS["source"], SETTINGS["target"]


class MessageFlags(ExtendedProperty):
    """PidTagMessageFlags: 1 is read and, as it lacks 8, no draft."""

    property_tag = 0x0E07
    property_type = "Integer"


Message.register("message_flags", MessageFlags)


def ids_in(folder):
    return [(item.id, item.changekey) for item in folder.all().only("id", "changekey")]


def copied():
    """Folder by folder; a folder that the target lacks is made."""
    source, target = account(SOURCE), account(TARGET)
    there = {folder.name: folder for folder in target.msg_folder_root.children}
    counts = {}
    for folder in source.msg_folder_root.children:
        to = there.get(folder.name) or Folder(
            parent=target.msg_folder_root, name=folder.name, folder_class=folder.folder_class
        ).save()
        data = list(source.export(ids_in(folder), chunk_size=5))
        uploaded = target.upload([(to, entry) for entry in data], chunk_size=5)
        counts[folder.name] = [len(data), len([entry for entry in uploaded if entry])]
    return counts


def as_mime():
    """Mail that somebody else sent, with its headers as they are and no draft."""
    source, target = account(SOURCE), account(TARGET)
    item = source.inbox.get(subject=SETTINGS["subject"])
    Message(
        account=target,
        folder=target.inbox,
        mime_content=item.mime_content,
        message_flags=1,
    ).save()
    copy = target.inbox.get(subject=SETTINGS["subject"])
    return {
        "from": copy.author.email_address,
        "draft": copy.is_draft,
        "files": [file.name for file in copy.attachments],
        "identical": copy.mime_content == item.mime_content,
    }


def to_the_ceo():
    """The export is one thing, whose mailbox it goes to another."""
    source, ceo = account(SOURCE), account("ceo")
    [data] = source.export(ids_in(source.inbox)[:1])
    folder = Folder(root=source.root, id=source.inbox.id)
    return name_of(lambda: ceo.upload([(folder, data)]))


def read_only():
    """A backup may export, and restores nothing."""
    source = account(SOURCE)
    [data] = source.export(ids_in(source.inbox)[:1])
    return name_of(lambda: source.upload([(source.inbox, data)]))


STEPS = [as_mime, copied, to_the_ceo, read_only]
run(*(step for step in STEPS if step.__name__ in SETTINGS["steps"]))
