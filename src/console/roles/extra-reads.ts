/**
 * Read operations that a read-only role has only by its guard.
 *
 * @module
 */

export const EXTRA_READS: readonly { value: string; label: string; description: string }[] = [
  {
    value: 'GetUserConfiguration',
    label: 'Settings that programs store in folders',
    description: 'GetUserConfiguration. DavMail needs it to read calendars.',
  },
  { value: 'GetImItemList', label: 'List of chat contacts', description: 'GetImItemList' },
  { value: 'GetImItems', label: 'Chat contacts', description: 'GetImItems' },
  { value: 'GetAppManifests', label: 'Installed apps', description: 'GetAppManifests' },
  {
    value: 'GetAppMarketplaceUrl',
    label: 'URL of the app store',
    description: 'GetAppMarketplaceUrl',
  },
]

/** Returns the label of an extra read, or its operation if this version doesn't know it. */
export const extraReadText = (operation: string): string =>
  EXTRA_READS.find(({ value }) => value === operation)?.label ?? operation
