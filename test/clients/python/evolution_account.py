"""An Evolution account on a session bus of its own, and how a script tells what came of its steps.

Evolution keeps an account in files; the password it asks for, and here gets from the test.
"""

import json
import os
import sys

from gi.repository import GLib

SETTINGS = json.loads(sys.stdin.readline())

ACCOUNT = """[Data Source]
DisplayName={name}
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
Hosturl={url}
Email={address}
UseImpersonation=true
ImpersonateUser={address}

[Exchange Web Services Folder]
Id={folder_id}
Name={name}
"""


# Kinds of sources that show a folder, by the name of the setting with its ID.
DESK = {
    "calendar": "Calendar",
    "contacts": "Address Book",
    "tasks": "Task List",
    "memos": "Memo List",
}


def keep(name, kind, parent="", folder_id=""):
    """Writes a source, unless it is there: Evolution reads the sources once."""
    folder = os.path.join(os.environ["XDG_CONFIG_HOME"], "evolution", "sources")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{name}.source")
    if os.path.exists(path):
        return
    values = {**SETTINGS, "name": name, "kind": kind, "parent": parent, "folder_id": folder_id}
    with open(path, "w") as file:
        file.write(ACCOUNT.format(**values))


def keep_desk():
    """Writes the sources of the folders whose IDs the settings have."""
    keep("account", "Collection")
    for name, kind in DESK.items():
        if name in SETTINGS:
            keep(name, kind, "account", SETTINGS[name])


def told(action):
    """What came of an action, or the words of its error."""
    try:
        return action()
    except GLib.Error as error:
        return {"error": error.message}


def tell(step, outcome):
    print(json.dumps({"step": step, "outcome": outcome}), flush=True)


def run(*actions):
    for action in actions:
        tell(action.__name__, told(action))


def pause(name):
    """Lets the test do something, and waits until it has been done."""
    print(json.dumps({"pause": name}), flush=True)
    sys.stdin.readline()
