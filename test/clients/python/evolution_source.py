"""Evolution's mail, set up by nothing but a file of its accounts."""

import os

import gi

gi.require_version("Camel", "1.2")
gi.require_version("EDataServer", "1.2")
from gi.repository import Camel, EDataServer, GLib  # noqa: E402

from evolution_account import SETTINGS, tell, told  # noqa: E402

HOME = SETTINGS["folder"]
NAME = "ews-gateway"


class Session(Camel.Session):
    def __init__(self):
        super().__init__(user_data_dir=f"{HOME}/data", user_cache_dir=f"{HOME}/cache")

    def do_authenticate_sync(self, service, mechanism, cancellable):
        service.set_password(SETTINGS["password"])
        result = service.authenticate_sync(mechanism, cancellable)
        if result == Camel.AuthenticationResult.ACCEPTED:
            return True
        raise GLib.Error("the password is refused", "test", 401)


folder = os.path.join(os.environ["XDG_CONFIG_HOME"], "evolution", "sources")
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, f"{NAME}.source"), "w") as file:
    file.write(SETTINGS["source"])

Camel.init(HOME, False)
Camel.Provider.init()
source = EDataServer.SourceRegistry.new_sync(None).ref_source(NAME)
session = Session()
session.set_online(True)
store = session.add_service(NAME, "ews", Camel.ProviderType.STORE)
source.camel_configure_service(store)


def subjects():
    inbox = store.get_folder_sync("Inbox", 0, None)
    inbox.refresh_info_sync(None)
    return sorted(inbox.get_message_info(uid).get_subject() for uid in inbox.get_uids())


tell("user", store.ref_settings().get_property("user"))
tell("connected", told(lambda: store.connect_sync(None)))
tell("subjects", told(subjects))
store.disconnect_sync(True, None)
