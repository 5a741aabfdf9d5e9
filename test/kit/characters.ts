/**
 * Characters for properties.
 *
 * @module
 */

import fc from 'fast-check'

/**
 * Any character: the unit `binary` of fast-check. That one first lists all 1,112,064 characters, which
 * takes a second in each process.
 */
export const anyCharacter = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map(String.fromCodePoint)
