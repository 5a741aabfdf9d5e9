/**
 * Formats a record with the members that it has in the journal, after its ID and the kind of the alert that it is.
 *
 * @module
 */

import type { Format } from './sink.ts'

export const gatewayFormat: Format = ({ id, members, alert }) => ({
  id,
  ...(alert !== undefined && { alert }),
  ...members,
})
