"""Evolution's calendar, contacts, tasks, and memos, by the libraries that its windows use."""

import threading
import time

import gi

gi.require_version("EDataServer", "1.2")
gi.require_version("ECal", "2.0")
gi.require_version("EBook", "1.2")
gi.require_version("EBookContacts", "1.2")
from gi.repository import EBook, EBookContacts, ECal, EDataServer, GLib, GObject, ICalGLib  # noqa: E402

from evolution_account import DESK, SETTINGS, keep_desk, run, tell  # noqa: E402

EVENT = """BEGIN:VEVENT
UID:{uid}
DTSTAMP:20261127T100000Z
DTSTART:20261128T100000Z
DTEND:20261128T110000Z
SUMMARY:{uid} by Evolution
{more}END:VEVENT
"""

INVITED = """ORGANIZER:mailto:alice@example.com
ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.com
"""

TASK = """BEGIN:VTODO
UID:task
DTSTAMP:20261127T100000Z
SUMMARY:Task by Evolution
END:VTODO
"""

MEMO = """BEGIN:VJOURNAL
UID:memo
DTSTAMP:20261127T100000Z
SUMMARY:Memo by Evolution
END:VJOURNAL
"""

CARD = """BEGIN:VCARD
VERSION:3.0
FN:Jane Doe
N:Doe;Jane;;;
EMAIL:jane@partner.example
END:VCARD
"""

TYPES = {
    "calendar": ECal.ClientSourceType.EVENTS,
    "tasks": ECal.ClientSourceType.TASKS,
    "memos": ECal.ClientSourceType.MEMOS,
}
NO_WAIT = 2**32 - 1
NO_FLAGS = ECal.OperationFlags.NONE
ALL = ECal.ObjModType.ALL
CONNECTED = EDataServer.SourceConnectionStatus.CONNECTED
REQUIRED = EDataServer.SourceCredentialsReason.REQUIRED


def waited(find):
    """What is there at last."""
    while not (found := find()):
        time.sleep(0.02)
    return found


keep_desk()
threading.Thread(target=GLib.MainLoop().run, daemon=True).start()
registry = EDataServer.SourceRegistry.new_sync(None)
sources = {name: registry.ref_source(name) for name in DESK if name in SETTINGS}
asking = set()
failures = {}


def ask(source, reason, _certificate, _errors, error):
    """Notes the first question for the password. After a failure, its user reads an error."""
    name = source.get_uid()
    if reason == REQUIRED:
        asking.add(name)
    else:
        failures[name] = error.message if error else str(reason)


for source in sources.values():
    source.connect("credentials-required", ask)


def connect(name):
    if name in TYPES:
        return ECal.Client.connect_sync(sources[name], TYPES[name], NO_WAIT, None)
    return EBook.BookClient.connect_sync(sources[name], NO_WAIT, None)


def opened(name, found):
    """A client whose content is there, or None where its user reads an error. Tells which."""
    if name not in sources:
        return None
    client = connect(name)
    # Both classes of clients have a function of the same name.
    GObject.Object.connect(client, "backend-error", lambda _, text: failures.setdefault(name, text))
    waited(lambda: name in asking or name in failures)
    credentials = EDataServer.NamedParameters.new()
    credentials.set("username", SETTINGS["username"])
    credentials.set("password", SETTINGS["password"])
    sources[name].invoke_authenticate(credentials, None, None)
    connected = lambda: sources[name].get_connection_status() == CONNECTED  # noqa: E731
    waited(lambda: name in failures or (connected() and found(client)))
    tell(name, {"error": failures[name]} if name in failures else found(client))
    return None if name in failures else client


def components(client):
    _, found = client.get_object_list_sync("#t", None)
    return found


def summaries(client):
    return sorted(one.get_summary() for one in components(client))


def first(client, beginning):
    """The first component whose text begins so. A step before can have changed the end."""
    return next(one for one in components(client) if one.get_summary().startswith(beginning))


def change(client, beginning):
    one = first(client, beginning)
    one.set_summary(f"{beginning}, changed")
    return client.modify_object_sync(one, ALL, NO_FLAGS, None)


def remove(client, beginning):
    return client.remove_object_sync(first(client, beginning).get_uid(), None, ALL, NO_FLAGS, None)


def create(client, text):
    created, _ = client.create_object_sync(ICalGLib.Component.new_from_string(text), NO_FLAGS, None)
    return created


def create_event():
    return create(calendar, EVENT.format(uid="Event", more=""))


def change_event():
    return change(calendar, "Dentist")


def remove_event():
    return remove(calendar, "Holiday")


def create_meeting():
    return create(calendar, EVENT.format(uid="Meeting", more=INVITED))


def change_meeting():
    return change(calendar, "Planning")


def remove_meeting():
    return remove(calendar, "Planning")


def names(client):
    _, cards = client.get_contacts_sync('(contains "x-evolution-any-field" "")', None)
    return sorted(card.get_property("file-as") for card in cards)


def card(name):
    query = f'(is "file_as" "{name}")'
    _, found = contacts.get_contacts_sync(query, None)
    return found[0]


def create_card():
    created, _ = contacts.add_contact_sync(EBookContacts.Contact.new_from_vcard(CARD), 0, None)
    return created


def change_card():
    one = card("carol")
    one.set_property("org", "Changed")
    return contacts.modify_contact_sync(one, 0, None)


def remove_card():
    return contacts.remove_contact_sync(card("bob"), 0, None)


def create_task():
    return create(tasks, TASK)


def change_task():
    return change(tasks, "Call")


def remove_task():
    return remove(tasks, "Call")


def create_memo():
    return create(memos, MEMO)


def change_memo():
    return change(memos, "Milk")


def remove_memo():
    return remove(memos, "Milk")


if calendar := opened("calendar", summaries):
    run(create_event, change_event, remove_event)
    run(create_meeting, change_meeting, remove_meeting)
if contacts := opened("contacts", names):
    run(create_card, change_card, remove_card)
if tasks := opened("tasks", summaries):
    run(create_task, change_task, remove_task)
if memos := opened("memos", summaries):
    run(create_memo, change_memo, remove_memo)
