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
export function matchesWildcard(pattern: string, text: string): boolean {
  let [p, t] = [0, 0]
  let [star, retry] = [-1, 0]

  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++
      retry = t
    } else if (pattern[p] === '?' || pattern[p] === text[t]) {
      p++
      t++
    } else if (star >= 0) {
      // The last star takes one character more.
      p = star + 1
      t = ++retry
    } else {
      return false
    }
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
