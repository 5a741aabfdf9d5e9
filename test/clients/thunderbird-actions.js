/*
 * Actions of a Thunderbird user, by the services that its windows call. Runs inside Thunderbird.
 */

const { MailServices } = ChromeUtils.importESModule('resource:///modules/MailServices.sys.mjs')
const { mailSession, accounts, copy, compose, outgoingServer } = MailServices

const SUCCESS = 0
const statusOf = status => (status === SUCCESS ? 'ok' : `0x${status.toString(16)}`)

/** Returns a listener and what it learns when the action ends. */
function listening(name, method, more = {}) {
  const { promise, resolve } = Promise.withResolvers()
  const listener = {
    QueryInterface: ChromeUtils.generateQI([name]),
    ...more,
    [method]: (...given) => resolve(statusOf(given.at(-1))),
  }
  return { listener, promise }
}

const urlListener = () =>
  listening('nsIUrlListener', 'OnStopRunningUrl', { OnStartRunningUrl() {} })

const copyListener = () =>
  listening('nsIMsgCopyServiceListener', 'onStopCopy', {
    onStartCopy() {},
    onProgress() {},
    setMessageKey() {},
    getMessageId: () => null,
  })

const { Inbox, Drafts, Junk } = Ci.nsMsgFolderFlags
const alerts = []
mailSession.addUserFeedbackListener({
  QueryInterface: ChromeUtils.generateQI(['nsIMsgUserFeedbackListener']),
  onAlert: (message, _url, silent) => alerts.push(silent ? `(silent) ${message}` : message) > 0,
})

let server
let identity
let account
let outgoing

const folder = flag => server.rootFolder.getFolderWithFlags(flag)
const messages = () => [...(folder(Inbox)?.messages ?? [])]
const named = subject =>
  messages().find(({ mime2DecodedSubject }) => mime2DecodedSubject === subject)

const ACTIONS = {
  add({ url, mailbox, username, password }) {
    const authMethod = Ci.nsMsgAuthMethod.passwordCleartext
    server = accounts.createIncomingServer(username, '127.0.0.1', 'ews')
    server.setStringValue('ews_url', url)
    Object.assign(server, { authMethod, password, prettyName: mailbox, valid: true })
    outgoing = outgoingServer.createServer('ews')
    outgoing.QueryInterface(Ci.IExchangeOutgoingServer).initialize(url)
    Object.assign(outgoing, { authMethod, password, username })
    identity = accounts.createIdentity()
    Object.assign(identity, {
      email: mailbox,
      smtpServerKey: outgoing.key,
      doFcc: false,
      valid: true,
    })
    account = accounts.createAccount()
    account.addIdentity(identity)
    account.incomingServer = server
  },

  connect() {
    const { listener, promise } = urlListener()
    server.verifyLogon(listener, null)
    return promise
  },

  folders() {
    const { listener, promise } = urlListener()
    server.getNewMessages(server.rootFolder, null, listener)
    return promise
  },

  refresh() {
    const { listener, promise } = urlListener()
    folder(Inbox).getNewMessages(null, listener)
    return promise
  },

  async read({ subject }) {
    const uri = folder(Inbox).getUriForMsg(named(subject))
    const { promise, resolve } = Promise.withResolvers()
    let text = ''
    const listener = {
      QueryInterface: ChromeUtils.generateQI(['nsIStreamListener']),
      onStartRequest() {},
      onDataAvailable(_request, stream, _offset, count) {
        const readable = Cc['@mozilla.org/scriptableinputstream;1'].createInstance(
          Ci.nsIScriptableInputStream,
        )
        readable.init(stream)
        text += readable.readBytes(count)
      },
      onStopRequest: (_request, status) => resolve(statusOf(status)),
    }
    MailServices.messageServiceFromURI(uri).streamMessage(
      uri,
      listener,
      null,
      null,
      false,
      '',
      true,
    )
    return { status: await promise, text }
  },

  flag({ subject }) {
    folder(Inbox).markMessagesFlagged([named(subject)], true)
  },

  markRead({ subject }) {
    folder(Inbox).markMessagesRead([named(subject)], true)
  },

  /** Moves a message to the junk mail, or copies it there. */
  transfer({ subject, isMove }) {
    const { listener, promise } = copyListener()
    copy.copyMessages(folder(Inbox), [named(subject)], folder(Junk), isMove, listener, null, false)
    return promise
  },

  async saveDraft({ text }) {
    const file = Services.dirsvc.get('ProfD', Ci.nsIFile)
    file.append('draft.eml')
    await IOUtils.writeUTF8(file.path, text)
    const { listener, promise } = copyListener()
    copy.copyFileMessage(file, folder(Drafts), null, true, 0, '', listener, null)
    return promise
  },

  createFolder({ name }) {
    server.rootFolder.createSubfolder(name, null)
  },

  remove({ subject }) {
    const { listener, promise } = copyListener()
    folder(Inbox).deleteMessages([named(subject)], null, false, false, listener, false)
    return promise
  },

  /** Its listener is never called if the server denies it. */
  destroy({ subject }) {
    folder(Inbox).deleteMessages([named(subject)], null, true, false, null, false)
  },

  send({ to, subject, body }) {
    const create = (id, type) => Cc[`@mozilla.org/messengercompose/${id};1`].createInstance(type)
    const composeFields = create('composefields', Ci.nsIMsgCompFields)
    Object.assign(composeFields, { from: identity.email, to, subject, body })
    const parameters = create('composeparams', Ci.nsIMsgComposeParams)
    const [type, format] = [Ci.nsIMsgCompType.New, Ci.nsIMsgCompFormat.PlainText]
    Object.assign(parameters, { composeFields, identity, type, format })
    const message = compose.initCompose(parameters)
    return message.sendMsg(Ci.nsIMsgSend.nsMsgDeliverNow, identity, account.key, null, null).then(
      () => 'ok',
      ({ result }) => statusOf(result),
    )
  },

  shown() {
    return {
      folders: server.rootFolder.descendants.map(({ name }) => name).toSorted(),
      inbox: messages().map(({ mime2DecodedSubject: subject, isFlagged, isRead }) => ({
        subject,
        isFlagged,
        isRead,
      })),
    }
  },

  /** Removes the account, so that it asks its server nothing more. */
  leave() {
    accounts.removeAccount(account, true)
    outgoingServer.deleteServer(outgoing)
  },
}

/** Outcomes of the actions that were started, in their order; null for one that has not ended. */
const outcomes = []

globalThis.thunderbird = {
  start(action, input) {
    const number = outcomes.push(null) - 1
    Promise.try(ACTIONS[action], input).then(
      outcome => {
        outcomes[number] = outcome ?? 'started'
      },
      error => {
        outcomes[number] = `${error}`
      },
    )
    return number
  },
  outcomeOf: number => outcomes[number],
  alerts: () => alerts,
}
