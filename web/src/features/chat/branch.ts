/** The branch that is shown: what the server has stored, with the answers under way laid over it. Pure. */
import type { Place, Turn } from "./turn";

/** `live` in the order in which they began; of answers to one question the newest is shown. */
export function branchOf(stored: Turn[], live: Turn[]): Turn[] {
  return live.reduce(lay, stored);
}

function lay(turns: Turn[], live: Turn): Turn[] {
  const same = turns.findIndex(({ place }) => place.answer !== null && place.answer === live.place.answer);
  if (same !== -1) return turns.with(same, { ...live, ...keptOf(turns[same], live) });
  if (known(turns, live.place)) return turns; // another version is shown now
  const sibling = turns.findIndex(
    ({ place }) => place.question !== null && place.question === live.place.question,
  );
  if (sibling !== -1) return [...turns.slice(0, sibling), live];
  if (live.place.parent === null) return [live];
  const parent = turns.findIndex(({ place }) => place.answer === live.place.parent);
  return parent === -1 ? turns : [...turns.slice(0, parent + 1), live];
}

/** Whether the server's branch knows this answer and shows another one in its place. */
function known(turns: Turn[], { answer, question }: Place): boolean {
  return turns.some(
    ({ place }) =>
      (answer !== null && place.answers.includes(answer)) ||
      (question !== null && place.question !== question && place.questions.includes(question)),
  );
}

/** What the server knows better: the versions, and what was thought of the answer. */
function keptOf(stored: Turn | undefined, live: Turn): Pick<Turn, "place" | "feedback"> {
  if (!stored) return live;
  return { place: stored.place, feedback: stored.feedback };
}
