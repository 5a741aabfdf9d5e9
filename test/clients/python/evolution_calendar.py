"""Evolution's calendar and contacts, by the libraries that its windows use."""

import threading
import time

import gi

gi.require_version("EDataServer", "1.2")
gi.require_version("ECal", "2.0")
gi.require_version("EBook", "1.2")
gi.require_version("EBookContacts", "1.2")
from gi.repository import EBook, EBookContacts, ECal, EDataServer, GLib, ICalGLib  # noqa: E402

from evolution_account import SETTINGS, keep, run, tell  # noqa: E402

EVENT = """BEGIN:VEVENT
UID:made
DTSTAMP:20261127T100000Z
DTSTART:20261128T100000Z
DTEND:20261128T110000Z
SUMMARY:Made by Evolution
END:VEVENT
"""

CARD = """BEGIN:VCARD
VERSION:3.0
FN:Jane Doe
N:Doe;Jane;;;
EMAIL:jane@partner.example
END:VCARD
"""


def waited(find):
    """What a cache has once it is filled."""
    while not (found := find()):
        time.sleep(0.02)
    return found


keep("account", "Collection")
keep("calendar", "Calendar", "account", SETTINGS["calendar"])
keep("contacts", "Address Book", "account", SETTINGS["contacts"])
threading.Thread(target=GLib.MainLoop().run, daemon=True).start()
registry = EDataServer.SourceRegistry.new_sync(None)


failures = {}


def authenticate(source, reason, _certificate, _errors, error):
    """Answers the first question for the password. To what follows a failure, a user would answer."""
    if reason != EDataServer.SourceCredentialsReason.REQUIRED:
        failures[source.get_uid()] = error.message if error else str(reason)
        return
    credentials = EDataServer.NamedParameters.new()
    credentials.set("username", SETTINGS["username"])
    credentials.set("password", SETTINGS["password"])
    source.invoke_authenticate(credentials, None, None)


sources = {name: registry.ref_source(name) for name in ("calendar", "contacts")}
for source in sources.values():
    source.connect("credentials-required", authenticate)

NO_WAIT = 2**32 - 1
CONNECTED = EDataServer.SourceConnectionStatus.CONNECTED


def opened(name, client):
    """A client that is connected, or None where its user reads an error."""
    waited(lambda: name in failures or sources[name].get_connection_status() == CONNECTED)
    tell(name, {"error": failures[name]} if name in failures else "opened")
    return None if name in failures else client


def open_calendar():
    events = ECal.ClientSourceType.EVENTS
    return opened("calendar", ECal.Client.connect_sync(sources["calendar"], events, NO_WAIT, None))


def open_contacts():
    return opened("contacts", EBook.BookClient.connect_sync(sources["contacts"], NO_WAIT, None))


def list_events():
    _, components = calendar.get_object_list_sync("#t", None)
    return components


def list_cards():
    _, cards = contacts.get_contacts_sync('(contains "x-evolution-any-field" "")', None)
    return cards


def events():
    return sorted(event.get_summary() for event in waited(list_events))


def cards():
    return sorted(card.get_property("file-as") for card in waited(list_cards))


def create_event():
    event = ICalGLib.Component.new_from_string(EVENT)
    created, _ = calendar.create_object_sync(event, ECal.OperationFlags.NONE, None)
    return created


def change_event():
    event = list_events()[0]
    event.set_summary("Changed by Evolution")
    scope = ECal.ObjModType.ALL
    return calendar.modify_object_sync(event, scope, ECal.OperationFlags.NONE, None)


def remove_event():
    uid = list_events()[0].get_uid()
    scope = ECal.ObjModType.ALL
    return calendar.remove_object_sync(uid, None, scope, ECal.OperationFlags.NONE, None)


def create_card():
    created, _ = contacts.add_contact_sync(EBookContacts.Contact.new_from_vcard(CARD), 0, None)
    return created


def remove_card():
    return contacts.remove_contact_sync(list_cards()[0], 0, None)


if calendar := open_calendar():
    run(events, create_event, change_event, remove_event)
if contacts := open_contacts():
    run(cards, create_card, remove_card)
