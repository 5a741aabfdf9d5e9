/**
 * Test commands and sample programs. Each opens the inbox of the impersonated user.
 *
 * @module
 */

import { type Access, CA_FILE, type Client, type Snippet } from './access.ts'
import { csharpLiteral, jsonLiteral, powerShellLiteral, shellLiteral, xmlText } from './quote.ts'

const nothing = () => []

const CONTENT_TYPE = 'text/xml; charset=utf-8'

const envelope = (mailbox: string): string => `<s:Envelope
  xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"
  xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">
  <s:Header><t:ExchangeImpersonation><t:ConnectingSID>
    <t:PrimarySmtpAddress>${xmlText(mailbox)}</t:PrimarySmtpAddress>
  </t:ConnectingSID></t:ExchangeImpersonation></s:Header>
  <s:Body><m:GetFolder>
    <m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>
    <m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds>
  </m:GetFolder></s:Body>
</s:Envelope>`

const curl = ({ url, userName, password, mailbox, isPrivateCa }: Access): string =>
  [
    'curl --silent --show-error',
    // The response to wrong credentials has no body.
    `--write-out ${shellLiteral('\\nHTTP status: %{http_code}\\n')}`,
    ...(isPrivateCa ? [`--cacert ${CA_FILE}`] : []),
    `--user ${shellLiteral(`${userName}:${password}`)}`,
    `--header ${shellLiteral(`Content-Type: ${CONTENT_TYPE}`)}`,
    `--data-binary ${shellLiteral(envelope(mailbox))}`,
    shellLiteral(url),
  ].join(' \\\n  ')

const python = ({ url, userName, password, mailbox, isPrivateCa }: Access): string => `\
${isPrivateCa ? 'import os\n\n' : ''}from exchangelib import BASIC, IMPERSONATION, Account, Configuration, Credentials, Version
from exchangelib.version import EXCHANGE_2016
${isPrivateCa ? `\nos.environ["REQUESTS_CA_BUNDLE"] = "${CA_FILE}"` : ''}
gateway = Configuration(
    service_endpoint=${jsonLiteral(url)},
    credentials=Credentials(${jsonLiteral(userName)}, ${jsonLiteral(password)}),
    auth_type=BASIC,
    version=Version(build=EXCHANGE_2016),
)
account = Account(
    ${jsonLiteral(mailbox)},
    config=gateway,
    autodiscover=False,
    access_type=IMPERSONATION,
)
print(account.inbox.total_count, "messages in the inbox")`

const powerShell = ({ url, userName, password, mailbox }: Access): string => `\
[Net.ServicePointManager]::SecurityProtocol = 'Tls12'
$pair = [Text.Encoding]::UTF8.GetBytes(${powerShellLiteral(`${userName}:${password}`)})
$body = [Text.Encoding]::UTF8.GetBytes(${powerShellLiteral(envelope(mailbox))})
$request = @{
  Method = 'Post'
  Uri = ${powerShellLiteral(url)}
  ContentType = '${CONTENT_TYPE}'
  Headers = @{ Authorization = 'Basic ' + [Convert]::ToBase64String($pair) }
  Body = $body
}
(Invoke-WebRequest -UseBasicParsing @request).Content`

const csharp = ({ url, userName, password, mailbox }: Access): string => `\
using System;
using Microsoft.Exchange.WebServices.Data;

var service = new ExchangeService(ExchangeVersion.Exchange2013_SP1)
{
    Url = new Uri(${csharpLiteral(url)}),
    Credentials = new WebCredentials(${csharpLiteral(userName)}, ${csharpLiteral(password)}),
    ImpersonatedUserId = new ImpersonatedUserId(
        ConnectingIdType.SmtpAddress, ${csharpLiteral(mailbox)}),
};
var inbox = Folder.Bind(service, WellKnownFolderName.Inbox);
Console.WriteLine("{0} messages in the inbox", inbox.TotalCount);`

const java = ({ url, userName, password, mailbox }: Access): string => `\
import java.net.URI;
import microsoft.exchange.webservices.data.core.ExchangeService;
import microsoft.exchange.webservices.data.core.enumeration.misc.ConnectingIdType;
import microsoft.exchange.webservices.data.core.enumeration.misc.ExchangeVersion;
import microsoft.exchange.webservices.data.core.enumeration.property.WellKnownFolderName;
import microsoft.exchange.webservices.data.core.service.folder.Folder;
import microsoft.exchange.webservices.data.credential.WebCredentials;
import microsoft.exchange.webservices.data.misc.ImpersonatedUserId;

public class OpenInbox {
  public static void main(String[] args) throws Exception {
    try (ExchangeService service = new ExchangeService(ExchangeVersion.Exchange2010_SP2)) {
      service.setUrl(new URI(${jsonLiteral(url)}));
      service.setCredentials(new WebCredentials(
          ${jsonLiteral(userName)}, ${jsonLiteral(password)}));
      service.setImpersonatedUserId(new ImpersonatedUserId(
          ConnectingIdType.SmtpAddress, ${jsonLiteral(mailbox)}));
      Folder inbox = Folder.bind(service, WellKnownFolderName.Inbox);
      System.out.println(inbox.getTotalCount() + " messages in the inbox");
    }
  }
}`

const trustOnWindows = ({ isPrivateCa }: Access): readonly Snippet[] =>
  isPrivateCa
    ? [
        {
          title: 'Trust the private CA, once (as a Windows administrator)',
          language: 'powershell',
          text: `Import-Certificate -FilePath ${CA_FILE} -CertStoreLocation Cert:\\LocalMachine\\Root`,
        },
      ]
    : []

/** Creates a trust store, because Java can't read PEM. */
export const javaTrustStore = ({ isPrivateCa }: Access): readonly Snippet[] =>
  isPrivateCa
    ? [
        {
          title: 'Create a trust store with the private CA, once',
          language: 'bash',
          text: `keytool -importcert -noprompt -alias gateway -file ${CA_FILE} \\
  -keystore gateway-ca.p12 -storetype PKCS12 -storepass changeit`,
        },
      ]
    : []

/** Options of `java` that use this trust store. */
export const javaTrust = ({ isPrivateCa }: Access): string =>
  isPrivateCa
    ? '-Djavax.net.ssl.trustStore=gateway-ca.p12 -Djavax.net.ssl.trustStorePassword=changeit '
    : ''

export const PROGRAMS: readonly Client[] = [
  {
    id: 'curl',
    name: 'curl',
    steps: () => [
      'Run the command in a shell. It prints a response with NoError, and HTTP status: 200.',
    ],
    settings: nothing,
    snippets: access => [{ title: 'Test command', language: 'bash', text: curl(access) }],
  },
  {
    id: 'exchangelib',
    name: 'exchangelib (Python)',
    steps: () => ['Run the program. It prints the number of messages in the inbox.'],
    settings: nothing,
    snippets: access => [{ title: 'Program', language: 'python', text: python(access) }],
  },
  {
    id: 'csharp',
    name: 'EWS Managed API (C#)',
    steps: () => ['Run the program. It prints the number of messages in the inbox.'],
    settings: nothing,
    snippets: access => [
      ...trustOnWindows(access),
      { title: 'Program', language: 'csharp', text: csharp(access) },
    ],
  },
  {
    id: 'powershell',
    name: 'PowerShell',
    steps: () => ['Run the commands. The response contains NoError.'],
    settings: nothing,
    snippets: access => [
      ...trustOnWindows(access),
      { title: 'Test command', language: 'powershell', text: powerShell(access) },
    ],
  },
  {
    id: 'java',
    name: 'EWS Java API',
    steps: () => ['Run the program with ews-java-api 2.0 and its dependencies in the class path.'],
    settings: nothing,
    snippets: access => [
      ...javaTrustStore(access),
      { title: 'OpenInbox.java', language: 'java', text: java(access) },
      {
        title: 'Test command',
        language: 'bash',
        text: `java ${javaTrust(access)}-cp "$CLASSPATH" OpenInbox.java`,
      },
    ],
  },
]
