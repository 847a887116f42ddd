/** The record of a run in words: what each agent has done, and which one is at it. Pure. */
import { plural } from "@/shared/format";
import type { Agent, Run, RunEvent } from "@/shared/research-types";
import { FIVE } from "./wanted";

export const AGENTS: Agent[] = ["researcher", "analyst", "writer", "critic", "editor"];

export const WHAT_THEY_DO: Record<string, string> = {
  researcher: "Finds",
  analyst: "Plans",
  writer: "Writes",
  critic: "Judges",
  editor: "Mends",
};

/** Who works after a step is done; the steps are those of the graph. */
const NEXT: Record<string, Agent> = {
  "": "researcher",
  plan: "researcher",
  search: "researcher",
  compile: "analyst",
  outline: "analyst",
  approve_outline: "researcher",
  supply: "writer",
  write: "writer",
  frame: "critic",
  critique: "critic",
  decide: "editor",
  revise: "critic",
  publish: "editor",
  approve_report: "editor",
};

export interface AgentState {
  agent: string;
  /** In a few words; "" when it has done nothing yet. */
  done: string;
  alive: boolean;
}

/** The five, or of another team those who have said something. */
export function team(run: Run, events: RunEvent[]): AgentState[] {
  const seen = [...new Set(events.map((event) => event.agent))].filter(isAgent);
  const isFive = run.settings.team === FIVE;
  const last = events.findLast((event) => isAgent(event.agent))?.agent ?? null;
  const alive = run.status !== "running" ? null : isFive ? (NEXT[run.stage] ?? last) : last;
  return (isFive ? AGENTS : seen).map((agent) => ({
    agent,
    done: doneBy(agent, events),
    alive: agent === alive,
  }));
}

function isAgent(name: string): boolean {
  return name !== "" && name !== "person";
}

function doneBy(agent: string, events: RunEvent[]): string {
  const of = (kind: string) => events.filter((event) => event.agent === agent && event.kind === kind);
  switch (agent) {
    case "researcher": {
      const found = new Set(of("searched").flatMap((event) => event.data.evidence ?? []));
      return found.size > 0 ? plural(found.size, "passage") : "";
    }
    case "analyst": {
      const sections = of("outlined").at(-1)?.data.sections;
      return sections ? plural(sections.length, "section") : "";
    }
    case "writer": {
      const count = of("wrote").reduce((sum, event) => sum + sentencesOf(event), 0);
      return count > 0 ? plural(count, "sentence") : "";
    }
    case "critic": {
      const score = of("judged").at(-1)?.data.score;
      return typeof score === "number" ? `${score.toFixed(1)} of 10` : "";
    }
    case "editor": {
      const revised = of("revised").length;
      const published = of("published").length > 0;
      return revised > 0 ? plural(revised, "revision") : published ? "published" : "";
    }
    default:
      return plural(events.filter((event) => event.agent === agent).length, "step");
  }
}

export function sentencesOf(event: RunEvent): number {
  const { sentences } = event.data;
  return typeof sentences === "number" ? sentences : (sentences?.at(-1) ?? 0);
}

/** Bookkeeping: it is in the record, and tells a reader nothing. */
const SILENT = new Set(["asked", "ended"]);

export interface Told {
  event: RunEvent;
  title: string;
  detail: string;
  /** What belongs to it, a line each. */
  list: string[];
}

/** What happened, in order. What the editor compares, one statement after the other, is one entry. */
export function told(events: RunEvent[]): Told[] {
  const found: Told[] = [];
  for (const event of events) {
    if (SILENT.has(event.kind)) continue;
    const last = found.at(-1);
    if (last && isComparison(event) && isComparison(last.event)) {
      last.list.push(event.text);
      last.title = compared(last.list.length);
    } else found.push({ event, ...words(event), list: listOf(event) });
  }
  return found;
}

/** Before it publishes, the editor looks for sources that say otherwise. */
export function isComparison({ agent, kind }: RunEvent): boolean {
  return agent === "editor" && kind === "searched";
}

function compared(count: number): string {
  return `Compared ${plural(count, "statement")} with other sources`;
}

function listOf(event: RunEvent): string[] {
  if (isComparison(event)) return [event.text];
  if (event.kind === "planned") return event.data.questions ?? [];
  return event.kind === "outlined" ? (event.data.sections ?? []) : [];
}

function words({ kind, text, data, ...event }: RunEvent): { title: string; detail: string } {
  switch (kind) {
    case "searched":
      return {
        title: isComparison({ kind, text, data, ...event }) ? compared(1) : `Looked for “${text}”`,
        detail: "",
      };
    case "planned":
      return { title: "Asks these questions", detail: "" };
    case "compiled":
      return {
        title: `Keeps ${text}`,
        detail: data.left ? `${data.left} were left out: near copies, or not about it` : "",
      };
    case "outlined":
      return { title: `Plans “${text}”`, detail: "" };
    case "wrote":
      return {
        title: `Wrote “${text}”`,
        detail: data.missing || plural(sentencesOf({ kind, text, data, ...event }), "sentence"),
      };
    case "judged":
      return { title: `Judged it: ${judgement(data) || text}`, detail: "" };
    case "decided":
      return {
        title: text.startsWith("publish") ? "Publishes" : "Has it revised",
        detail: text.replace(/^\w+: /, ""),
      };
    case "revised":
      return {
        title: `Revised “${text}”`,
        detail: plural(sentencesOf({ kind, text, data, ...event }), "sentence"),
      };
    case "published":
      return {
        title: `Published “${text}”`,
        detail: data.references ? plural(data.references, "source") : "",
      };
    case "waiting":
      return { title: `Waits for you: the ${text.split(" ").at(-1)}`, detail: "" };
    case "approval":
      return { title: `You decided on the ${text}`, detail: data.note ?? "" };
    case "fallback":
      return { title: text, detail: data.why ?? "" };
    case "failed":
      return { title: "Failed", detail: text };
    case "cancelled":
      return { title: "You ended it", detail: "" };
    case "resumed":
      return { title: "You had it go on where it failed", detail: "" };
    case "budget_spent":
      return { title: "The budget is spent", detail: text };
    default:
      return { title: text, detail: "" };
  }
}

function judgement({ score, issues }: RunEvent["data"]): string {
  if (typeof score !== "number") return "";
  const count = typeof issues === "number" ? issues : (issues?.length ?? 0);
  return `${score.toFixed(1)} of 10, ${plural(count, "issue")}`;
}

export const STATUS_WORDS: Record<Run["status"], string> = {
  running: "Working",
  waiting: "Waits for you",
  done: "Done",
  failed: "Failed",
  cancelled: "Ended",
};

export function statusWords(run: Pick<Run, "status" | "waiting_for">): string {
  if (run.status === "waiting" && run.waiting_for) return `Waits for you: ${run.waiting_for}`;
  return STATUS_WORDS[run.status];
}
