/**
 * Settings and a test command for a client that the administrator chooses.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Checkbox from '@cloudscape-design/components/checkbox'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { ToolCredentials } from '../api/roles.ts'
import { downloadFile } from '../audit/download.ts'
import { Copy } from '../parts/copy.tsx'
import { CA_FILE, type Snippet } from './snippets/access.ts'
import { CLIENTS } from './snippets/clients.ts'
import { EXAMPLE_MAILBOX } from './use-reached.ts'

/** Shown instead of a URL that the gateway doesn't know. */
const EXAMPLE_URL = 'https://ews.example.com/EWS/Exchange.asmx'

const OPTIONS = CLIENTS.map(({ id, name }) => ({ value: id, label: name }))

type Props = {
  credentials: ToolCredentials
  /** Address of a user that the role allows; undefined if none is known. */
  allowed: string | undefined
}

export function ClientSettings({ credentials, allowed }: Props) {
  const [id, setId] = useState('curl')
  const [typed, setTyped] = useState<string>()
  const { EwsUrl: url = EXAMPLE_URL, UserName: userName, Password: password } = credentials
  const { CaCertificate: ca } = credentials
  const [isPrivateCa, setPrivateCa] = useState(ca !== undefined)
  const mailbox = typed ?? allowed ?? EXAMPLE_MAILBOX
  const access = { url, userName, password, mailbox, isPrivateCa }
  const client = CLIENTS.find(one => one.id === id) ?? CLIENTS[0]
  return (
    <SpaceBetween size="m">
      <ColumnLayout columns={2}>
        <FormField label="Client" description="Program whose settings are shown.">
          <Select
            selectedOption={OPTIONS.find(({ value }) => value === id) ?? null}
            options={OPTIONS}
            onChange={({ detail }) => setId(detail.selectedOption.value ?? id)}
          />
        </FormField>
        <FormField
          label="User to impersonate"
          description={
            mailbox === allowed
              ? 'The role allows this user.'
              : 'Enter a user that the role allows.'
          }
        >
          <Input value={mailbox} onChange={({ detail }) => setTyped(detail.value)} />
        </FormField>
      </ColumnLayout>
      {url.startsWith('https:') && (
        <Checkbox
          checked={isPrivateCa}
          onChange={({ detail }) => setPrivateCa(detail.checked)}
          description={`The settings make the client trust the CA certificate in ${CA_FILE}. ${ca === undefined ? 'Save the certificate of your CA as this file.' : 'Download this file to the folder in which you run the command.'}`}
        >
          The gateway's certificate is self-signed or from a private CA
        </Checkbox>
      )}
      {isPrivateCa && ca !== undefined && (
        <Button
          iconName="download"
          onClick={() => downloadFile(CA_FILE, ca, 'application/x-pem-file')}
        >
          Download {CA_FILE}
        </Button>
      )}
      {credentials.EwsUrl === undefined && (
        <Box>The URL in these settings is an example. Replace it with the URL that tools use.</Box>
      )}
      {client?.steps(access).map(step => (
        <Box key={step}>{step}</Box>
      ))}
      {client && client.settings(access).length > 0 && (
        <KeyValuePairs
          columns={1}
          items={client.settings(access).map(({ label, value }) => ({
            label,
            value: <Copy value={value} what={label} />,
          }))}
        />
      )}
      {client?.snippets(access).map(snippet => (
        <SnippetBox key={snippet.title} snippet={snippet} />
      ))}
    </SpaceBetween>
  )
}

function SnippetBox({ snippet: { title, text } }: { snippet: Snippet }) {
  return (
    <div>
      <div className="snippet-head">
        <Box variant="awsui-key-label">{title}</Box>
        <CopyToClipboard
          variant="icon"
          copyButtonAriaLabel={`Copy ${title}`}
          copySuccessText={`${title} copied`}
          copyErrorText={`Cannot copy ${title}`}
          textToCopy={text}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard must be able to scroll it */}
      <section className="snippet" aria-label={title} tabIndex={0}>
        <pre>{text}</pre>
      </section>
    </div>
  )
}
