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


def keep(name, kind, parent="", folder_id=""):
    folder = os.path.join(os.environ["XDG_CONFIG_HOME"], "evolution", "sources")
    os.makedirs(folder, exist_ok=True)
    values = {**SETTINGS, "name": name, "kind": kind, "parent": parent, "folder_id": folder_id}
    with open(os.path.join(folder, f"{name}.source"), "w") as file:
        file.write(ACCOUNT.format(**values))


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
