/**
 * Errors of API calls, and texts that say what to do about them.
 *
 * @module
 */

export class CallFailure extends Error {
  override readonly name = 'CallFailure'
  /** Error type of the API, or `Unreachable` if the gateway did not respond. */
  readonly type: string
  /** ID of the call in the gateway's log and audit, if the gateway assigned one. */
  readonly requestId: string | undefined

  constructor(type: string, message: string, requestId?: string) {
    super(message)
    this.type = type
    this.requestId = requestId
  }
}

/** Advice by error type, shown after the message of the API. */
const ADVICE: Readonly<Record<string, string>> = {
  Unreachable:
    "The gateway doesn't respond. Check that it is running and that your network can reach it, and then try again.",
  AccessDeniedException: 'Ask an administrator of the gateway for this permission.',
  ServiceUnavailableException: 'Try again in a moment.',
  ThrottlingException: 'Try again in a moment.',
  InternalFailure: "Try again. If the error continues, look for this request in the gateway's log.",
  ConflictException: 'Reload the page to see the current state, and then repeat your change.',
}

/** Whether someone else has changed the object since the version that the call was to replace. */
export const isConflict = (error: unknown): boolean =>
  error instanceof CallFailure && error.type === 'ConflictException'

/** Whether the object of the call doesn't exist. */
export const isMissing = (error: unknown): boolean =>
  error instanceof CallFailure && MISSING.includes(error.type)

const MISSING = ['EntityNotFoundException', 'ResourceNotFoundException']

/** Whether the same call can succeed later: an object that doesn't exist stays so, and an invalid input too. */
export const canRetry = (error: unknown): boolean =>
  !(error instanceof CallFailure && FINAL.includes(error.type))

const FINAL = [...MISSING, 'InvalidParameterException']

/** Returns the API's message and a sentence that says what to do. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof CallFailure))
    return error instanceof Error ? error.message : 'Unexpected error. Reload the page.'
  const advice = ADVICE[error.type]
  if (error.type === 'Unreachable') return advice ?? error.message
  const message = /[.!?]$/.test(error.message) ? error.message : `${error.message}.`
  const text = advice === undefined ? message : `${message} ${advice}`
  return error.type === 'InternalFailure' && error.requestId !== undefined
    ? `${text} Request ID: ${error.requestId}`
    : text
}
