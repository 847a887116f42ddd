/** Typed lists. Pure. */

/** The parts of a text between dividers, without blanks and repetitions. */
export function textsOf(text: string, divider: "," | "\n"): string[] {
  return [...new Set(text.split(divider).map((part) => part.trim()))].filter(Boolean);
}
