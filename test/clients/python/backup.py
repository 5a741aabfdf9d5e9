"""Backs up mailboxes by their changes, with an export of whatever is new or changed, twice."""

from gateway import SETTINGS, account, pause, tell


class MailboxBackup:
    def __init__(self, name):
        self.account = account(name)
        self.items = {}
        self.folders = {}

    def run(self):
        """Brings the backup up to date, and says how many items that took."""
        fetched = 0
        top = self.account.msg_folder_root
        if list(top.sync_hierarchy(only_fields=["name"])):
            # exchangelib takes what sync_hierarchy() yields for the top itself: walk() knows better
            self.folders = {folder.id: self.folders.get(folder.id, folder) for folder in top.walk()}
        for folder in self.folders.values():
            wanted = []
            changes = folder.sync_items(only_fields=["subject"], max_changes_returned=100)
            for kind, item in changes:
                if kind == "delete":
                    del self.items[item.id]
                elif kind in ("create", "update"):
                    wanted.append((item.id, item.changekey))
            for (item, _), data in zip(wanted, self.account.export(wanted, chunk_size=50)):
                self.items[item] = data
                fetched += 1
        return fetched


def run_all(step, backups):
    outcome = {name: backup.run() for name, backup in backups.items()}
    tell(step, {
        "fetched": outcome,
        "kept": {name: len(backup.items) for name, backup in backups.items()},
    })


BACKUPS = {name: MailboxBackup(name) for name in SETTINGS["names"]}
run_all("first", BACKUPS)
pause("change")
run_all("second", BACKUPS)
