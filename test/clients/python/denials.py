"""The words of the exceptions in which denials end."""

from exchangelib import Message

from gateway import account, pause, tell


def words_of(action):
    try:
        action()
    except Exception as error:
        return str(error)
    return "done"


alice = account()
item = alice.inbox.all().order_by("subject")[0]


def draft():
    return Message(account=alice, folder=alice.drafts, subject="x", to_recipients=["bob@example.com"])


def mark():
    item.is_read = not item.is_read
    item.save(update_fields=["is_read"])


tell("connect", words_of(lambda: account("ceo").inbox.refresh()))
tell("save", words_of(lambda: draft().save()))
tell("mark", words_of(mark))
tell("send", words_of(lambda: draft().send()))
tell("remove", words_of(item.delete))
pause("lock")
tell("read", words_of(lambda: alice.inbox.refresh()))
