/**
 * IAM's wildcards: `*` for any number of characters, `?` for one.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 * @module
 */

/**
 * Whether the whole text matches the pattern, letters with their case.
 *
 * Takes time in proportion to pattern times text at most: no pattern makes it slower.
 */
export const matchesWildcard = (pattern: string, text: string): boolean =>
  matches(pattern, text, () => true)

/** Whether a pattern matches everything that another one does; false where that is not certain. */
export const coversPattern = (pattern: string, other: string): boolean =>
  // What stands for any number of characters can only be part of what a star takes.
  matches(pattern, other, character => character !== '*')

/** Whether no text matches both patterns; false where that is not certain. */
export function areDisjoint(one: string, other: string): boolean {
  if (!WILD.test(one)) return !matchesWildcard(other, one)
  if (!WILD.test(other)) return !matchesWildcard(one, other)
  const [a = '', b = ''] = [one.split(WILD)[0], other.split(WILD)[0]]
  const [y = '', z = ''] = [one.split(WILD).at(-1), other.split(WILD).at(-1)]
  const mayBegin = a.startsWith(b) || b.startsWith(a)
  const mayEnd = y.endsWith(z) || z.endsWith(y)
  return !mayBegin || !mayEnd
}

const WILD = /[*?]/

/** @param isOne - whether a `?` takes a character */
function matches(pattern: string, text: string, isOne: (character: string) => boolean): boolean {
  let [p, t] = [0, 0]
  // Positions after the last star: 0 in the pattern if there was none.
  let star = p
  let retry = t

  while (t < text.length) {
    if (pattern[p] === '*') {
      star = ++p
      retry = t
    } else if (pattern[p] === '?' ? isOne(text[t] ?? '') : pattern[p] === text[t]) {
      p++
      t++
    } else if (star > 0) {
      // The last star takes one character more.
      p = star
      t = ++retry
    } else {
      return false
    }
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
