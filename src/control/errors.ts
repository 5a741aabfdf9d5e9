/**
 * Errors of the control API, with the types that AWS SDKs expect.
 *
 * @module
 */

/** Types of errors, with the HTTP status of each. */
export const STATUS = {
  InvalidParameterException: 400,
  OrganizationNotFoundException: 400,
  OrganizationStateException: 400,
  EntityNotFoundException: 400,
  EntityStateException: 400,
  ResourceNotFoundException: 400,
  LimitExceededException: 400,
  ThrottlingException: 429,
  ConflictException: 409,
  AccessDeniedException: 403,
  UnknownOperationException: 400,
  SerializationException: 400,
  RequestEntityTooLargeException: 413,
  MissingAuthenticationTokenException: 403,
  IncompleteSignatureException: 403,
  InvalidSignatureException: 403,
  UnrecognizedClientException: 403,
  ExpiredTokenException: 401,
  InvalidClientTokenIdException: 403,
  ServiceUnavailableException: 503,
  InternalFailure: 500,
} as const

export type ErrorType = keyof typeof STATUS

/** Ends an action with an error. `wire.ts` writes it as `{ __type, Message }`. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly type: ErrorType

  constructor(type: ErrorType, message: string) {
    super(message)
    this.type = type
  }

  get status(): number {
    return STATUS[this.type]
  }
}
