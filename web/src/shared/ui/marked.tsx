/** A text with marked pieces. Marks count characters as the server does: a letter beyond the basic plane is one. */
import { Fragment } from "react";

interface MarkedProps {
  text: string;
  marks: [number, number][];
}

export function Marked({ text, marks }: MarkedProps) {
  return pieces(text, marks).map(({ text: piece, marked }, index) =>
    marked ? <mark key={index}>{piece}</mark> : <Fragment key={index}>{piece}</Fragment>,
  );
}

export function pieces(text: string, marks: [number, number][]): { text: string; marked: boolean }[] {
  const letters = Array.from(text);
  const found: { text: string; marked: boolean }[] = [];
  let done = 0;
  for (const [start, end] of marks) {
    if (start > done) found.push({ text: letters.slice(done, start).join(""), marked: false });
    found.push({ text: letters.slice(start, end).join(""), marked: true });
    done = end;
  }
  if (done < letters.length) found.push({ text: letters.slice(done).join(""), marked: false });
  return found;
}
