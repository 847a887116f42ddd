/** The addresses of research. */
import { get, post, send } from "./api";
import type {
  Decision,
  Evidence,
  NewRun,
  Outline,
  Report,
  Run,
  RunPage,
  RunSource,
  RunTeam,
  WhySentence,
} from "./research-types";
import type { ListOf } from "./types";

const ROOT = "/v1/research";

export type ReportForm = "pdf" | "docx" | "html" | "md";

function pathOf(run: string): string {
  return `${ROOT}/${encodeURIComponent(run)}`;
}

export const researchApi = {
  list: (after: string | undefined, signal?: AbortSignal) =>
    get<RunPage>(`${ROOT}?${new URLSearchParams({ limit: "20", ...(after ? { after } : {}) })}`, signal),
  sources: (signal?: AbortSignal) => get<ListOf<RunSource>>(`${ROOT}/sources`, signal),
  teams: (signal?: AbortSignal) => get<ListOf<RunTeam>>(`${ROOT}/teams`, signal),
  begin: (wanted: NewRun) => post<Run>(ROOT, wanted),
  one: (run: string, signal?: AbortSignal) => get<Run>(pathOf(run), signal),
  remove: (run: string) => send(pathOf(run), { method: "DELETE", keepalive: true }),
  /** What happens after the event `cursor`, from the first one on if there is none. */
  events: (run: string, cursor: string | null, signal: AbortSignal) =>
    send(`${pathOf(run)}/events`, {
      signal,
      headers: { accept: "text/event-stream", ...(cursor === null ? {} : { "last-event-id": cursor }) },
    }),
  outline: (run: string, signal?: AbortSignal) => get<Outline>(`${pathOf(run)}/outline`, signal),
  decide: (run: string, decision: Decision) => post<Run>(`${pathOf(run)}/decision`, decision),
  cancel: (run: string) => post<Run>(`${pathOf(run)}/cancel`, {}),
  resume: (run: string) => post<Run>(`${pathOf(run)}/resume`, {}),
  replay: (run: string) => post<Run>(`${pathOf(run)}/replay`, {}),
  report: (run: string, signal?: AbortSignal) => get<Report>(`${pathOf(run)}/report`, signal),
  download: async (run: string, form: ReportForm) =>
    (await send(`${pathOf(run)}/download?format=${form}`)).blob(),
  evidence: (run: string, id: string, signal?: AbortSignal) =>
    get<Evidence>(`${pathOf(run)}/evidence/${encodeURIComponent(id)}`, signal),
  why: (run: string, section: string, sentence: number, signal?: AbortSignal) =>
    get<WhySentence>(
      `${pathOf(run)}/why?${new URLSearchParams({ section, sentence: String(sentence) })}`,
      signal,
    ),
};
