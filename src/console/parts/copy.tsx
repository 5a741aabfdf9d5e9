/**
 * A value that is copied as it stands.
 *
 * @module
 */

import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'

export function Copy({ value, what }: { value: string; what: string }) {
  return (
    <CopyToClipboard
      variant="inline"
      copyButtonAriaLabel={`Copy ${what}`}
      copySuccessText={`${what} copied`}
      copyErrorText={`${what} could not be copied`}
      textToCopy={value}
    />
  )
}
