import { expect, test } from "vitest";
import { branchOf } from "./branch";
import { NOWHERE, newTurn, type Place, type Turn } from "./turn";
import { newestTwo } from "./use-pair";

function turn(id: string, place: Partial<Place>): Turn {
  const choice = { collection: null, model: "small", compare: false };
  return newTurn(id, `question of ${id}`, choice, { ...NOWHERE, ...place });
}

const first = turn("a1", { question: "q1", answer: "a1", questions: ["q1"], answers: ["a1"] });
const second = turn("a2", { parent: "a1", question: "q2", answer: "a2", questions: ["q2"], answers: ["a2"] });
const ids = (turns: Turn[]) => turns.map(({ id }) => id);

test("a new question follows the last answer, before and after the server knows of it", () => {
  const asked = turn("x", { parent: "a2" });
  expect(ids(branchOf([first, second], [asked]))).toEqual(["a1", "a2", "x"]);
  const named = turn("x", { parent: "a2", question: "q3", answer: "a3" });
  const stored = turn("a3", { parent: "a2", question: "q3", answer: "a3", answers: ["a3"] });
  expect(ids(branchOf([first, second, stored], [named]))).toEqual(["a1", "a2", "x"]);
});

test("a reworded question and an answer given again take the place of what follows them", () => {
  expect(ids(branchOf([first, second], [turn("x", { parent: "a1" })]))).toEqual(["a1", "x"]);
  expect(ids(branchOf([first, second], [turn("x", { parent: null })]))).toEqual(["x"]);
  expect(ids(branchOf([first, second], [turn("x", { question: "q1" })]))).toEqual(["x"]);
});

test("the live answer is shown with what the server knows better", () => {
  const known = { ...second, feedback: { mark: "up" as const, comment: "" } };
  const [, shown] = branchOf([first, known], [turn("x", { parent: "a1", question: "q2", answer: "a2" })]);
  expect(shown).toMatchObject({ id: "x", feedback: { mark: "up" }, place: { answers: ["a2"] } });
});

test("another version that was chosen since is not covered by the one that was answered here", () => {
  const answers = ["a2", "a2b"];
  const other = { ...second, place: { ...second.place, answers } };
  expect(ids(branchOf([first, other], [turn("x", { question: "q2", answer: "a2b" })]))).toEqual(["a1", "a2"]);
  const questions = ["q2", "q2b"];
  const old = { ...second, place: { ...second.place, questions } };
  const reworded = turn("x", { parent: "a1", question: "q2b", answer: "a9" });
  expect(ids(branchOf([first, old], [reworded]))).toEqual(["a1", "a2"]);
});

test("two answers side by side are the two newest, whether the server or this page has them", () => {
  const shown = { ...second, place: { ...second.place, answers: ["a2", "a3", "a4"] } };
  expect(newestTwo(shown, [])).toEqual(["a3", "a4"]);
  const unnamed = turn("x", { question: "q2" });
  expect(newestTwo(second, [unnamed])).toEqual([second, unnamed]);
  const named = turn("x", { question: "q2", answer: "a3" });
  expect(newestTwo({ ...second, place: { ...second.place, answers: ["a2", "a3"] } }, [named])).toHaveLength(
    2,
  );
});
