/**
 * Access of users to files with secrets.
 *
 * @module
 */

/**
 * Returns a warning if users other than the owner and the gateway can access a file with a secret.
 *
 * @param what - the secret, such as `the master key`
 */
export function accessWarning(
  what: string,
  file: string,
  { mode, uid }: Readonly<{ mode: number; uid: number }>,
): string | undefined {
  const isOwn = uid === process.getuid?.()
  // If another user owns the file, an orchestrator has created it, and the gateway's group may read it.
  if ((mode & (isOwn ? 0o077 : 0o027)) === 0) return undefined
  const remedy = isOwn
    ? `Run chmod 600 ${file}`
    : `Give it to the group of the gateway, and run chmod 640 ${file}`
  return `Other users can access ${what} ${file}. ${remedy}`
}
