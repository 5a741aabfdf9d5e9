/**
 * Formats a record as it is in a copy of the audit: the members of the journal, after the ID of the record, and the kind of the
 * alert that it is.
 *
 * @module
 */

import type { Format } from './sink.ts'

export const gatewayFormat: Format = ({ id, members, alert }) => ({
  id,
  ...(alert !== undefined && { alert }),
  ...members,
})
