/**
 * List of what a role can or can't do.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'

type Props = { title: string; phrases: readonly string[] }

export const Phrases = ({ title, phrases }: Props) => (
  <Box>
    <Box variant="awsui-key-label">{title}</Box>
    <ul>
      {phrases.map(phrase => (
        <li key={phrase}>{phrase}</li>
      ))}
    </ul>
  </Box>
)
