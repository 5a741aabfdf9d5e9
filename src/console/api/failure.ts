/**
 * What went wrong with a call, in words that say what to do.
 *
 * @module
 */

export class CallFailure extends Error {
  override readonly name = 'CallFailure'
  /** As the API names it; `Unreachable` where no answer came. */
  readonly type: string
  /** Of the audit record, where the call came so far. */
  readonly requestId: string | undefined

  constructor(type: string, message: string, requestId?: string) {
    super(message)
    this.type = type
    this.requestId = requestId
  }
}

/** What to do about it, beside what the API says. */
const ADVICE: Readonly<Record<string, string>> = {
  Unreachable:
    'The gateway does not answer. Check that it runs and that you can reach it, then try again.',
  AccessDeniedException: 'Ask whoever administers the gateway for this permission.',
  ServiceUnavailableException: 'Try again in a moment.',
  InternalFailure: 'Try again; if it stays so, look into the log of the gateway for this request.',
  ConflictException: 'Somebody else has changed it meanwhile. Look at what stands there now.',
}

/** What is said of a failure: a sentence of the API's, and one of what to do. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof CallFailure))
    return error instanceof Error ? error.message : 'Something went wrong: load the page anew.'
  const advice = ADVICE[error.type]
  if (error.type === 'Unreachable') return advice ?? error.message
  const said = /[.!?]$/.test(error.message) ? error.message : `${error.message}.`
  const told = advice === undefined ? said : `${said} ${advice}`
  return error.type === 'InternalFailure' && error.requestId !== undefined
    ? `${told} Its id: ${error.requestId}`
    : told
}
