/**
 * Reasons why a person who comes back from the issuer is not signed in. Loaded only if there is one.
 *
 * @module
 */

const PROBLEMS: Readonly<Record<string, string>> = {
  expired:
    'The sign-in took longer than ten minutes, or began in another browser or tab. Sign in again.',
  cancelled:
    'You cancelled the sign-in, or you may not sign in. Sign in again, or ask the administrator of your accounts.',
  rejected:
    "The response to the sign-in isn't valid. Sign in again. If the error continues, the log of the gateway says why.",
  unavailable:
    "The sign-in service doesn't respond. Try again in a moment. If the error continues, the log of the gateway says why.",
  'no-access':
    'You signed in, but your account has no access to this console. Ask an administrator of the gateway for a group that has access.',
}

/** Returns the text for a problem in the address of the console; undefined if it is unknown. */
export const textOfProblem = (problem: string): string | undefined =>
  Object.hasOwn(PROBLEMS, problem) ? PROBLEMS[problem] : undefined
