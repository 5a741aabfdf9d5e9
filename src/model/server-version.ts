/**
 * The version of an EWS server.
 *
 * @module
 */

/** Attributes of a ServerVersionInfo; clients learn from it what the server can do. */
export type ServerVersion = Readonly<{
  majorVersion: number
  minorVersion: number
  majorBuildNumber: number
  minorBuildNumber: number
  version: string
}>
