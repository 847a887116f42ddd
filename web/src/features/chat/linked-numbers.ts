/** The numbers in an answer's text, "[1]", as links to its sources. Pure. */

export function anchorOf(place: string, number: number): string {
  return `${place}-source-${number}`;
}

/** Markdown whose numbers lead to the sources below it; what stands in code stays as it is. */
export function withLinks(text: string, numbers: Set<number>, place: string): string {
  return text
    .split(/(```[\s\S]*?(?:```|$)|`[^`\n]*`)/)
    .map((piece, at) => (at % 2 === 1 ? piece : linked(piece, numbers, place)))
    .join("");
}

function linked(text: string, numbers: Set<number>, place: string): string {
  return text.replace(/ ?\[(\d{1,3})\](?!\()/g, (whole, digits: string) => {
    const number = Number(digits);
    return numbers.has(number) ? `[${number}](#${anchorOf(place, number)})` : whole;
  });
}
