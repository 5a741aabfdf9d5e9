/**
 * Settings of desktop programs. DavMail and Thunderbird can't impersonate, so their user name
 * contains the mailbox.
 *
 * @module
 */

import { type Access, CA_FILE, type Client, type Snippet } from './access.ts'
import { javaTrust, javaTrustStore } from './programs.ts'
import { keyFileValue, propertyValue, shellLiteral } from './quote.ts'

/** Separates the mailbox from the key with a semicolon, because DavMail drops everything after a vertical bar. */
const davMailUser = ({ mailbox, userName }: Access): string => `${mailbox};${userName}`

const thunderbirdUser = ({ mailbox, userName }: Access): string => `${mailbox}|${userName}`

const PORTS = { imap: 1143, smtp: 1025, caldav: 1080, ldap: 1389 }

const davMailProperties = ({ url }: Access): string =>
  Object.entries({
    server: 'true',
    mode: 'EWS',
    url: propertyValue(url),
    bindAddress: '127.0.0.1',
    disableUpdateCheck: 'true',
    ...Object.fromEntries(Object.entries(PORTS).map(([name, port]) => [`${name}Port`, port])),
  })
    .map(([name, value]) => `davmail.${name}=${value}`)
    .join('\n')

const evolutionAccount = ({ url, userName, mailbox }: Access): string => `\
[Data Source]
DisplayName=${keyFileValue(mailbox)}
Enabled=true

[Mail Account]
BackendName=ews

[Authentication]
Host=${keyFileValue(hostOf(url))}
Method=PLAIN
User=${keyFileValue(userName)}

[Ews Backend]
Hosturl=${keyFileValue(url)}
Email=${keyFileValue(mailbox)}
UseImpersonation=true
ImpersonateUser=${keyFileValue(mailbox)}`

const hostOf = (url: string): string => new URL(url).hostname

const trustOnDebian = ({ isPrivateCa }: Access): readonly Snippet[] =>
  isPrivateCa
    ? [
        {
          title: 'Trust the private CA, once (Debian)',
          language: 'bash',
          text: `sudo cp ${CA_FILE} /usr/local/share/ca-certificates/gateway-ca.crt
sudo update-ca-certificates`,
        },
      ]
    : []

export const MAIL_PROGRAMS: readonly Client[] = [
  {
    id: 'davmail',
    name: 'DavMail',
    steps: () => [
      'Start DavMail with this file, and enter the user name and the password in the mail program. The test command lists folders.',
    ],
    settings: access => [
      { label: 'User name in the mail program', value: davMailUser(access) },
      { label: 'Password in the mail program', value: access.password },
    ],
    snippets: access => [
      ...javaTrustStore(access),
      { title: 'davmail.properties', language: 'properties', text: davMailProperties(access) },
      {
        title: 'Start command (Debian)',
        language: 'bash',
        text: `java ${javaTrust(access)}\\
  --add-exports java.base/sun.net.www.protocol.https=ALL-UNNAMED \\
  -jar /usr/share/davmail/davmail.jar -server davmail.properties`,
      },
      {
        title: 'Test command',
        language: 'bash',
        text: `curl --silent --show-error --user ${shellLiteral(`${davMailUser(access)}:${access.password}`)} \\
  imap://127.0.0.1:${PORTS.imap}/`,
      },
    ],
  },
  {
    id: 'evolution',
    name: 'Evolution',
    steps: () => [
      'Create an account of the type Exchange Web Services with these settings, or save the file in ~/.config/evolution/sources/ and restart Evolution.',
    ],
    settings: access => [
      { label: 'Email address', value: access.mailbox },
      { label: 'Username', value: access.userName },
      { label: 'Host URL', value: access.url },
      { label: 'Impersonate user', value: access.mailbox },
      { label: 'Password', value: access.password },
    ],
    snippets: access => [
      ...trustOnDebian(access),
      { title: 'ews-gateway.source', language: 'ini', text: evolutionAccount(access) },
    ],
  },
  {
    id: 'thunderbird',
    name: 'Thunderbird',
    steps: ({ isPrivateCa }) => [
      ...(isPrivateCa
        ? [
            `Import ${CA_FILE} under Settings, Privacy & Security, Manage Certificates, Authorities.`,
          ]
        : []),
      'Add an account by manual configuration, with the protocol Exchange Web Services.',
    ],
    settings: access => [
      { label: 'Email address', value: access.mailbox },
      { label: 'EWS URL', value: access.url },
      { label: 'Username', value: thunderbirdUser(access) },
      { label: 'Password', value: access.password },
    ],
    snippets: () => [],
  },
]
