/**
 * Notice that the gateway needs the setting `publicUrl` to show its EWS URL.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import { Copy } from './copy.tsx'

export const PublicUrlNotice = () => (
  <Alert
    type="warning"
    header="The EWS URL that tools use is unknown. Set publicUrl in the configuration."
  >
    The gateway can't derive the URL, because its certificate has no name that tools can use, or a
    proxy terminates TLS. Add this line to the configuration, with the host name that tools use, and
    restart the gateway:
    <Box display="block">
      <Copy value="publicUrl: https://ews.example.com" what="Line" />
    </Box>
  </Alert>
)
