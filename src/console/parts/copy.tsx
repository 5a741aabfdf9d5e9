/**
 * Shows a value with a button that copies it.
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
      copyErrorText={`Cannot copy ${what}`}
      textToCopy={value}
    />
  )
}
