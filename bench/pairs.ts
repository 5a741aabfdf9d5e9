/**
 * Orders the measurements of two sides so that a drift of the machine favors neither (ABBA).
 *
 * @module
 */

/** A figure of the first side, and the same one of the second side. */
export type FigurePair = readonly [number, number]

/**
 * Measures two sides in pairs. Every second pair starts with the second side.
 *
 * @param measure - measures the sides in the given order; returns the figures of each row in that order
 * @returns for each pair the figures of each row, the first side's first
 */
export async function inPairs<Side>(
  sides: readonly [Side, Side],
  count: number,
  measure: (order: readonly [Side, Side], pair: number) => Promise<readonly FigurePair[]>,
): Promise<readonly (readonly FigurePair[])[]> {
  const [first, second] = sides
  const pairs: (readonly FigurePair[])[] = []
  for (let pair = 0; pair < count; pair += 1) {
    const isReversed = pair % 2 === 1
    const rows = await measure(isReversed ? [second, first] : sides, pair)
    pairs.push(isReversed ? rows.map(([one, other]): FigurePair => [other, one]) : rows)
  }
  return pairs
}
