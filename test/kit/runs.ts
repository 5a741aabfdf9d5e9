/**
 * Numbers of runs of properties: few for every change, and many in `test/properties.slow.ts`.
 *
 * @module
 */

/** How many times as many runs as in `npm test`. */
const TIMES = Number(process.env['TEST_RUNS'] ?? 1)

/** @param usual - number of runs in `npm test` */
export const runs = (usual: number): number => usual * TIMES
