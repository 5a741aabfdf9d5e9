/**
 * Opens parts of the gateway so that a failed start leaves nothing open.
 *
 * @module
 */

/** Open parts, and a function that closes them. */
export type Opened<Parts extends object> = Parts & Readonly<{ close: () => Promise<void> }>

/**
 * Runs steps that open parts. Each step adds to the stack how to close what it has opened. If a step fails, closes
 * everything opened so far, in reverse order.
 *
 * @returns the result of the steps, with a function that closes everything in reverse order
 * @throws the error of the step that failed, whatever closing then throws
 */
export async function opening<Parts extends object>(
  steps: (opened: AsyncDisposableStack) => Promise<Parts>,
): Promise<Opened<Parts>> {
  const opened = new AsyncDisposableStack()
  try {
    return { ...(await steps(opened)), close: () => opened.disposeAsync() }
  } catch (error) {
    await opened.disposeAsync().catch(() => undefined)
    throw error
  }
}
