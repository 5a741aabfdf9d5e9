"""What a client that retries by itself does when the upstream breaks while it saves an item."""

from gateway import SETTINGS, account, name_of, pause, tell
from exchangelib import Message
from exchangelib.protocol import FaultTolerance

patient = account(retry_policy=FaultTolerance(max_wait=60))
inbox = patient.inbox
inbox.refresh()
for fault in SETTINGS["faults"]:
    pause(fault)
    tell(fault, name_of(lambda: Message(account=patient, folder=inbox, subject=fault).save() and None))
