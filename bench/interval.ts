/**
 * Evaluates the ratios of interleaved pairs: their median and how far noise can move it.
 *
 * The interval is the exact binomial one for a median. Each ratio is above the true median as often as
 * below it, whatever the ratios' distribution is, so two order statistics enclose the true median with a
 * probability that follows from the number of ratios only. Ten ratios: the second smallest and the second
 * largest enclose it in 97.9% of all runs, because the next narrower interval reaches only 89.1%.
 *
 * @see https://en.wikipedia.org/wiki/Quantile#Estimating_quantiles_from_a_sample
 * @module
 */

import { median } from './measure.ts'

/** Least probability with which an interval encloses the true median. */
const CONFIDENCE = 0.95

export type Verdict = 'worse' | 'better' | 'no difference'

export type Evaluation = Readonly<{
  /** Median of the ratios. */
  ratio: number
  /** Bounds of the interval. */
  low: number
  high: number
  verdict: Verdict
}>

/**
 * Evaluates ratios of figures of which less is better.
 *
 * @param ratios - this checkout's figure divided by the other one's, for each pair
 * @throws RangeError if the ratios are too few for an interval, or if one isn't positive and finite
 */
export function evaluateRatios(ratios: readonly number[]): Evaluation {
  const wrong = ratios.find(ratio => !(ratio > 0 && Number.isFinite(ratio)))
  if (wrong !== undefined) throw new RangeError(`A ratio must be positive and finite: ${wrong}`)
  const { rank } = intervalOf(ratios.length)
  const sorted = ratios.toSorted((a, b) => a - b)
  const low = sorted[rank - 1] as number
  const high = sorted[sorted.length - rank] as number
  return { ratio: median(sorted), low, high, verdict: verdictOf(low, high) }
}

/** Returns "no difference" if the interval contains 1. */
function verdictOf(low: number, high: number): Verdict {
  if (low > 1) return 'worse'
  return high < 1 ? 'better' : 'no difference'
}

/**
 * Finds the narrowest pair of order statistics that encloses the median with enough confidence.
 *
 * @returns the rank of the lower bound, which is also the upper bound's rank from the top, and the
 * probability with which both enclose the true median
 * @throws RangeError if even the smallest and the largest value don't
 */
export function intervalOf(count: number): Readonly<{ rank: number; confidence: number }> {
  // Probability that exactly `rank` of the values are below the true median; then, that at most so many are.
  let exactly = 0.5 ** count
  let below = exactly
  let rank = 0
  let confidence = 0
  while (1 - 2 * below >= CONFIDENCE) {
    rank += 1
    confidence = 1 - 2 * below
    exactly *= (count - rank + 1) / rank
    below += exactly
  }
  if (rank === 0) throw new RangeError(`${count} ratios are too few for an interval: at least 6`)
  return { rank, confidence }
}
