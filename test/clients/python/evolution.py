"""Evolution's mail, by the libraries of evolution-ews."""

import ctypes
import sys

import gi

gi.require_version("Camel", "1.2")
from gi.repository import Camel, GLib  # noqa: E402

from evolution_account import SETTINGS, keep, pause, run, tell, told  # noqa: E402

HOME = SETTINGS["folder"]
DRAFT, SEEN = Camel.MessageFlags.DRAFT, Camel.MessageFlags.SEEN
FLAGGED = Camel.MessageFlags.FLAGGED
DELETED = Camel.MessageFlags.DELETED


class Session(Camel.Session):
    def __init__(self):
        super().__init__(user_data_dir=f"{HOME}/data", user_cache_dir=f"{HOME}/cache")

    def do_authenticate_sync(self, service, mechanism, cancellable):
        service.set_password(SETTINGS["password"])
        result = service.authenticate_sync(mechanism, cancellable)
        if result == Camel.AuthenticationResult.ACCEPTED:
            return True
        raise GLib.Error("the password is refused", "test", 401)


def inbox():
    folder = store.get_folder_sync("Inbox", 0, None)
    folder.refresh_info_sync(None)
    return folder


def read():
    folder = inbox()
    return sorted(folder.get_message_sync(uid, None).get_subject() for uid in folder.get_uids())


def flag():
    folder = inbox()
    folder.get_message_info(folder.get_uids()[0]).set_flags(FLAGGED, FLAGGED)
    return folder.synchronize_sync(False, None)


def letter(subject):
    text = f"From: {SETTINGS['address']}\r\nTo: bob@example.com\r\nSubject: {subject}\r\n\r\nHello\r\n"
    message = Camel.MimeMessage()
    message.construct_from_stream_sync(Camel.StreamMem.new_with_buffer(text.encode()), None)
    return message


def save_draft():
    folder = store.get_folder_sync("Drafts", 0, None)
    info = Camel.MessageInfo.new(None)
    info.set_flags(DRAFT | SEEN, DRAFT | SEEN)
    saved, _ = folder.append_message_sync(letter("Drafted by Evolution"), info, None)
    return saved


def create_folder():
    return store.create_folder_sync("", "Made by Evolution", None) is not None


def rename_folder():
    return store.rename_folder_sync("Conversation History", "Renamed by Evolution", None)


def delete_folder():
    return store.delete_folder_sync(SETTINGS["doomed"], None)


def transfer(moves):
    target = store.get_folder_sync("Junk Email", 0, None)
    folder = inbox()
    done, _ = folder.transfer_messages_to_sync([folder.get_uids()[0]], target, moves, None)
    return done


def move():
    return transfer(True)


def copy():
    return transfer(False)


def remove():
    folder = inbox()
    folder.get_message_info(folder.get_uids()[0]).set_flags(DELETED, DELETED)
    return folder.synchronize_sync(True, None)


def send():
    transport = session.add_service("transport", "ews", Camel.ProviderType.TRANSPORT)
    settle(transport)
    transport.connect_sync(None)
    message = letter("Sent by Evolution")
    receiver = message.get_recipients(Camel.RECIPIENT_TYPE_TO)
    sent, _ = transport.send_to_sync(message, message.get_from(), receiver, None)
    return sent


def settle(service):
    """Gives a service the settings of the account."""
    settings = service.ref_settings()
    for name, value in {
        "hosturl": SETTINGS["url"],
        "user": SETTINGS["username"],
        "email": SETTINGS["address"],
        "use-impersonation": True,
        "impersonate-user": SETTINGS["address"],
        "auth-mechanism": "PLAIN",
    }.items():
        settings.set_property(name, value)
    return settings


keep("account", "Collection")
keep("mail", "Mail Account", "account")
keep("transport", "Mail Transport", "account")
Camel.init(HOME, False)
Camel.Provider.init()
session = Session()
session.set_online(True)
store = session.add_service("mail", "ews", Camel.ProviderType.STORE)
settings = settle(store)


def discover():
    """What the assistant for new accounts does, which Python cannot call but by its C name."""
    gi.require_version("EDataServer", "1.2")
    from gi.repository import EDataServer

    function = ctypes.CDLL("/usr/lib/evolution-ews/libevolution-ews.so").e_ews_autodiscover_ws_url_sync
    function.argtypes = [ctypes.c_void_p] * 2 + [ctypes.c_char_p] * 2 + [ctypes.c_void_p] * 4
    source = EDataServer.SourceRegistry.new_sync(None).ref_source("account")
    settings.set_property("hosturl", SETTINGS["server"])
    who = [SETTINGS["address"].encode(), SETTINGS["password"].encode()]
    found = function(hash(source), hash(settings), *who, None, None, None, None)
    return settings.get_property("hosturl") if found else None


if "server" in SETTINGS:
    tell("discovered", discover())
    sys.exit()

connected = told(lambda: store.connect_sync(None))
tell("connected", connected)
if connected is True and SETTINGS.get("locked"):
    folder = inbox()
    pause("connected")

    def refresh():
        return folder.refresh_info_sync(None)

    def open_message():
        return folder.get_message_sync(folder.get_uids()[0], None).get_subject()

    run(refresh, open_message)
elif connected is True:
    run(read, save_draft, create_folder, rename_folder, delete_folder)
    run(copy, move, remove, flag, send)
if connected is True:
    store.disconnect_sync(True, None)
