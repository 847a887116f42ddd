/** The guards that are in force: read here, changed in policies.toml. */
import { useQuery } from "@tanstack/react-query";
import type { GuardPolicies, GuardPolicy } from "@/shared/types";
import { Failure, Skeleton } from "@/shared/ui/states";
import { guardsQuery } from "./queries";

export function Guards() {
  const guards = useQuery(guardsQuery);
  return (
    <section aria-labelledby="guards">
      <h2 id="guards" className="sr-only">
        Guards
      </h2>
      <p className="max-w-2xl text-muted">
        What stands between people and models. It is set in the tables <code>guards</code> of{" "}
        <code>policies.toml</code> in the data folder, and holds from the next start on.
      </p>
      {guards.isPending && <Skeleton lines={6} label="Loading the guards" />}
      {guards.error && (
        <div className="mt-5">
          <Failure
            what="The guards could not be loaded."
            error={guards.error}
            onRetry={() => void guards.refetch()}
          />
        </div>
      )}
      {guards.data && <Told guards={guards.data} />}
    </section>
  );
}

const ATTACKS: Record<string, string> = {
  block: "refused",
  note: "written down, and let through",
  off: "not looked for",
  neutralise: "made harmless, and left readable",
};

function Told({ guards: { personal_data, injection, leakage, topics } }: { guards: GuardPolicies }) {
  const rules: [string, string][] = [
    ["Attacks in what people write", ATTACKS[injection.user] ?? injection.user],
    ["Orders in documents and tool results", ATTACKS[injection.documents] ?? injection.documents],
    [
      "System prompts in answers",
      leakage.enabled ? `held back from ${leakage.words} words in a row on` : "not looked for",
    ],
    ["Prompts that callers send", leakage.enabled && leakage.callers ? "watched too" : "not watched"],
    [
      "Topics",
      topics.enabled ? `by their words, or from a likeness of ${topics.similarity} on` : "not looked for",
    ],
  ];
  return (
    <>
      <dl className="mt-5 divide-y divide-line border-y border-line text-sm">
        {rules.map(([what, how]) => (
          <div key={what} className="flex flex-wrap justify-between gap-x-6 py-2">
            <dt className="font-medium">{what}</dt>
            <dd className="text-muted">{how}</dd>
          </div>
        ))}
      </dl>
      <h3 className="mt-8 font-semibold">Personal data and secrets</h3>
      {personal_data.enabled ? (
        <Kinds kinds={personal_data.kinds} />
      ) : (
        <p className="mt-1 text-warn">Not looked for: the guard is switched off.</p>
      )}
    </>
  );
}

const POLICIES: Record<GuardPolicy, { word: string; tone: string }> = {
  allow: { word: "passes", tone: "text-muted" },
  mask: { word: "masked", tone: "text-good" },
  block: { word: "refused", tone: "text-bad" },
};

function Kinds({ kinds }: { kinds: GuardPolicies["personal_data"]["kinds"] }) {
  return (
    <section
      aria-label="Kinds of personal data and secrets"
      className="mt-2 overflow-x-auto"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
    >
      <table className="w-full text-sm">
        <thead>
          <tr className="text-left text-xs text-faint">
            {["Kind", "To a model", "In an answer", "Put back"].map((head, at) => (
              <th
                key={head}
                scope="col"
                className={`py-1.5 pr-6 font-medium ${at === 3 ? "max-sm:hidden" : ""}`}
              >
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {kinds.map(({ kind, called, input, output, unmask }) => (
            <tr key={kind} className="border-t border-line">
              <th scope="row" className="py-2 pr-6 text-left font-medium first-letter:uppercase">
                {called.replace(/^an? /, "")}
              </th>
              <td className={`py-2 pr-6 ${POLICIES[input].tone}`}>{POLICIES[input].word}</td>
              <td className={`py-2 pr-6 ${POLICIES[output].tone}`}>{POLICIES[output].word}</td>
              <td className="py-2 text-muted max-sm:hidden">{unmask ? "into the answer" : "never"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
