/**
 * Makes the wall clock of a gateway wrong by the milliseconds in `?by=` of this module's URL. Loaded before
 * the gateway.
 *
 * @module
 */

const by = Number(new URL(import.meta.url).searchParams.get('by'))
const right = Date.now

Date.now = () => right() + by
