/** Colours where the terminal has them. */
import colours from 'picocolors'
import type { Palette } from '../trace/format.ts'

export const PALETTE: Palette = {
  good: colours.green,
  bad: colours.red,
  strong: colours.bold,
  faint: colours.dim,
}
