// The gateway's job as one would write it with nginx and njs in an afternoon: a Basic check, the xml
// module, a table of roles. It accepts much that the gateway must not, and knows nothing of changes.

import xml from 'xml'

const ROLES = {
  'Basic YmVuY2g6YmVuY2g=': {
    name: 'migration-full',
    allow: { 'alice@example.com': true, 'bob@example.com': true, 'carol@example.com': true },
    deny: { 'ceo@example.com': true },
    operations: { FindItem: true, GetItem: true, CreateAttachment: true, UploadItems: true },
  },
}

function judge(r) {
  const role = ROLES[r.headersIn.Authorization]
  if (role === undefined) {
    r.headersOut['WWW-Authenticate'] = 'Basic realm="EWS"'
    r.return(401)
    return
  }
  try {
    const envelope = xml.parse(r.requestText).Envelope
    const user =
      envelope.Header.ExchangeImpersonation.ConnectingSID.PrimarySmtpAddress.$text.toLowerCase()
    const operation = envelope.Body.$tags[0].$name
    r.variables.judged = `${role.name} ${user} ${operation}`
    if (role.deny[user] || !role.allow[user] || !role.operations[operation]) {
      r.return(500, 'ErrorImpersonateUserDenied')
      return
    }
  } catch (_) {
    r.return(400, 'ErrorSchemaValidation')
    return
  }
  r.internalRedirect('@upstream')
}

// biome-ignore lint/style/noDefaultExport: js_import of nginx takes nothing else
export default { judge }
