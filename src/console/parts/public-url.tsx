/**
 * Notice that only `publicUrl` can say where tools reach the gateway.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import { Copy } from './copy.tsx'

export const PublicUrlNotice = () => (
  <Alert type="warning" header="The gateway does not know its EWS URL">
    Its certificate has no name that tools can use, or a proxy ends TLS. Add this line to the
    configuration, with the name that tools use, and restart the gateway:
    <Box display="block">
      <Copy value="publicUrl: https://ews.example.com" what="Line" />
    </Box>
  </Alert>
)
