/**
 * Errors of the sandbox. A fault ends the request, and a response error is one of several response
 * messages.
 *
 * @module
 */

import { t, type XmlElement } from './xml.ts'

/** Values in a MessageXml, by name. */
export type MessageValues = Readonly<Record<string, string>>

/** Ends the whole request with HTTP 500 and a SOAP fault. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: string
  readonly values: MessageValues | undefined
  /** HTTP status, if it is different from that of the sandbox's mode. */
  readonly status: number | undefined

  constructor(code: string, message: string, values?: MessageValues, status?: number) {
    super(message)
    this.code = code
    this.values = values
    this.status = status
  }
}

/** Error texts of Exchange, by ResponseCode. */
const TEXTS = {
  ErrorAffectedTaskOccurrencesRequired: 'AffectedTaskOccurrences attribute must be specified.',
  ErrorCalendarViewRangeTooBig:
    'The specified viewing range exceeds the maximum range of two years.',
  ErrorChangeKeyRequired: 'A change key is required for this operation.',
  ErrorChangeKeyRequiredForWriteOperations:
    'The change key passed in the request does not match the current change key for the item.',
  ErrorDeleteDistinguishedFolder: 'Distinguished folders cannot be deleted.',
  ErrorFolderExists: 'A folder with the specified name already exists.',
  ErrorFolderNotFound: 'The specified folder could not be found in the store.',
  ErrorInvalidAttachmentId: 'The attachment ID is invalid.',
  ErrorAttachmentNotFound: 'The specified attachment could not be found.',
  ErrorInvalidFolderId: 'The folder ID is invalid.',
  ErrorInvalidIdEmpty: 'Id must be non-empty.',
  ErrorInvalidIdMalformed: 'Id is malformed.',
  ErrorInvalidOperation: 'The operation is invalid.',
  ErrorInvalidPropertyRequest: 'The property is not valid for this object type.',
  ErrorInvalidPropertySet: 'Set action is invalid for property.',
  ErrorInvalidRecipients: 'At least one recipient is not valid.',
  ErrorInvalidSendItemSaveSettings:
    'SaveItemToFolder is false, so that SavedItemFolderId must not be given.',
  ErrorInvalidSubscriptionRequest: 'The subscription request is invalid.',
  ErrorInvalidPushSubscriptionUrl: 'The URL of the push subscription is not accepted here.',
  ErrorInvalidSyncStateData: 'The synchronization state data is corrupt or otherwise invalid.',
  ErrorInvalidTimeInterval: 'EndDate is earlier than StartDate.',
  ErrorInvalidWatermark: 'The watermark used for creating this subscription was not found.',
  ErrorIrresolvableConflict:
    'The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.',
  ErrorItemNotFound: 'The specified object was not found in the store.',
  ErrorItemSave: 'Failed to save item.',
  ErrorItemCorrupt: 'The item data is corrupt.',
  ErrorMessageDispositionRequired: 'The MessageDisposition attribute is required for this request.',
  ErrorMimeContentInvalidBase64String: 'Mime content is not valid base64.',
  ErrorMissingRecipients: 'The message has no recipients.',
  ErrorMoveCopyFailed: 'The move or copy operation failed.',
  ErrorNameResolutionMultipleResults: 'Multiple results were found.',
  ErrorNameResolutionNoResults: 'No results were found.',
  ErrorNonExistentMailbox: 'The SMTP address has no mailbox associated with it.',
  ErrorSendAsDenied:
    'The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account.',
  ErrorSubscriptionNotFound: 'The subscription was not found.',
  ErrorUnsupportedPathForQuery: 'The property is not supported for use in a query.',
  ErrorUnsupportedQueryFilter: 'The query filter is not supported.',
} as const satisfies Record<string, string>

/** ResponseCode of a single item. */
export type ResponseErrorCode = keyof typeof TEXTS

/** Ends one item of a request with a response message of class Error under HTTP 200. */
export class ResponseError extends Error {
  override readonly name = 'ResponseError'
  readonly code: ResponseErrorCode
  readonly values: MessageValues | undefined

  constructor(code: ResponseErrorCode, options: { detail?: string; values?: MessageValues } = {}) {
    super([textOf(code), options.detail].filter(text => text !== undefined).join(' '))
    this.code = code
    this.values = options.values
  }
}

/** Returns the text of a code. A code from a conformance report can be unknown here, and gets a general text. */
const textOf = (code: string): string | undefined =>
  Object.hasOwn(TEXTS, code) ? TEXTS[code as ResponseErrorCode] : undefined

/** Returns the children of a MessageXml. */
export const messageValues = (values: MessageValues): readonly XmlElement[] =>
  Object.entries(values).map(([name, value]) => t('Value', { Name: name }, value))
