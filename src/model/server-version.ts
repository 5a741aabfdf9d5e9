/**
 * Version of an EWS server.
 *
 * @module
 */

/** Attributes of a ServerVersionInfo, from which clients derive the features of the server. */
export type ServerVersion = Readonly<{
  majorVersion: number
  minorVersion: number
  majorBuildNumber: number
  minorBuildNumber: number
  version: string
}>
