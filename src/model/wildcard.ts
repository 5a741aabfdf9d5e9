/**
 * Matches IAM's wildcards: `*` for any number of characters, `?` for one.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 * @module
 */

/**
 * Whether a whole text matches a pattern, case-sensitively. The time is at most proportional to the product of both
 * lengths.
 */
export const matchesWildcard = (pattern: string, text: string): boolean =>
  matches(pattern, text, () => true)

/** Whether a pattern matches everything that another one does. Returns false if that is not certain. */
export const coversPattern = (pattern: string, other: string): boolean =>
  // A `*` of the other pattern can only be matched by a `*`.
  matches(pattern, other, character => character !== '*')

/** Whether no text matches both patterns. Returns false if that is not certain. */
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

/** Matches a text with a pattern. @param isOne - whether a `?` matches a character */
function matches(pattern: string, text: string, isOne: (character: string) => boolean): boolean {
  let [p, t] = [0, 0]
  // Positions after the last `*` in pattern and text. In the pattern, 0 if there was none.
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
      // Tries again, with one more character for the last `*`.
      p = star
      t = ++retry
    } else {
      return false
    }
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
