"""Evolution's mail, by the libraries of evolution-ews, on a session bus of its own.

Evolution keeps an account in files; the password it asks for, and here gets from the test.
"""

import ctypes
import json
import os
import sys

import gi

gi.require_version("Camel", "1.2")
from gi.repository import Camel, GLib  # noqa: E402

SETTINGS = json.loads(sys.stdin.readline())
HOME = SETTINGS["folder"]
FLAGGED = Camel.MessageFlags.FLAGGED

ACCOUNT = """[Data Source]
DisplayName=Gateway
Enabled=true
Parent={parent}

[{kind}]
BackendName=ews
MailEnabled=true
CalendarEnabled=false
ContactsEnabled=false

[Authentication]
Host=127.0.0.1
Method=PLAIN
User={username}

[Ews Backend]
HostUrl={url}
Email={address}
UseImpersonation=true
ImpersonateUser={address}
"""


def keep(uid, kind, parent=""):
    folder = os.path.join(os.environ["XDG_CONFIG_HOME"], "evolution", "sources")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"{uid}.source"), "w") as file:
        file.write(ACCOUNT.format(kind=kind, parent=parent, **SETTINGS))


class Session(Camel.Session):
    def __init__(self):
        super().__init__(user_data_dir=f"{HOME}/data", user_cache_dir=f"{HOME}/cache")

    def do_authenticate_sync(self, service, mechanism, cancellable):
        service.set_password(SETTINGS["password"])
        result = service.authenticate_sync(mechanism, cancellable)
        if result == Camel.AuthenticationResult.ACCEPTED:
            return True
        raise GLib.Error("the password is refused", "test", 401)


def told(action):
    """What came of an action, or the words of its error."""
    try:
        return action()
    except GLib.Error as error:
        return {"error": error.message}


def tell(step, outcome):
    print(json.dumps({"step": step, "outcome": outcome}), flush=True)


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


keep("account", "Collection")
keep("mail", "Mail Account", "account")
Camel.init(HOME, False)
Camel.Provider.init()
session = Session()
session.set_online(True)
store = session.add_service("mail", "ews", Camel.ProviderType.STORE)
settings = store.ref_settings()
for name, value in {
    "hosturl": SETTINGS["url"],
    "user": SETTINGS["username"],
    "email": SETTINGS["address"],
    "use-impersonation": True,
    "impersonate-user": SETTINGS["address"],
    "auth-mechanism": "PLAIN",
}.items():
    settings.set_property(name, value)



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
if connected is True:
    tell("read", told(read))
    tell("flag", told(flag))
    store.disconnect_sync(True, None)
