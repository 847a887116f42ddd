/** Every configured model: whether it works, what it costs, who leads to it. */
import { useQuery } from "@tanstack/react-query";
import type { ModelStanding } from "@/shared/types";
import { Failure, Skeleton } from "@/shared/ui/states";
import { standingsQuery } from "./queries";
import { type Health, healthOf, priceOf } from "./standing";

export function Models() {
  const models = useQuery(standingsQuery);
  return (
    <section aria-labelledby="models">
      <h2 id="models" className="sr-only">
        Models
      </h2>
      <p className="max-w-2xl text-muted">
        Prices are US dollars per million tokens. A model that fails too often is taken out for a while, and
        others answer in its place.
      </p>
      {models.isPending && <Skeleton lines={4} label="Loading the models" />}
      {models.error && (
        <div className="mt-5">
          <Failure
            what="The models could not be loaded."
            error={models.error}
            onRetry={() => void models.refetch()}
          />
        </div>
      )}
      {models.data && (
        <section
          aria-label="Models and how they stand"
          className="mt-4 overflow-x-auto"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
          tabIndex={0}
        >
          <table className="w-full text-sm">
            <thead>
              <tr className="text-left text-xs text-faint">
                {["Model", "State", "Price", "Routes"].map((head, at) => (
                  <th
                    key={head}
                    scope="col"
                    className={`py-1.5 pr-6 font-medium ${at < 2 ? "" : "max-sm:hidden"}`}
                  >
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {models.data.map((model) => (
                <Row key={model.name} model={model} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

const TONES: Record<Health["tone"], string> = {
  good: "bg-good",
  warn: "bg-warn",
  bad: "bg-bad",
  usual: "bg-line-strong",
};

function Row({ model }: { model: ModelStanding }) {
  const { word, tone, more } = healthOf(model);
  const { source, as_of } = model.price;
  const kind = model.kind === "embedding" ? "embeds texts" : (model.provider ?? "");
  return (
    <tr className="border-t border-line align-top">
      <th scope="row" className="py-2 pr-6 text-left font-medium sm:whitespace-nowrap">
        {model.name}
        <span className="block text-xs font-normal text-muted">
          {[kind, model.default ? "the default" : ""].filter(Boolean).join(" · ")}
        </span>
      </th>
      <td className="py-2 pr-6">
        <span className="flex items-baseline gap-2">
          <span aria-hidden className={`size-2 shrink-0 rounded-full ${TONES[tone]}`} />
          {word}
        </span>
        {more && <span className="block text-xs break-words text-muted">{more}</span>}
        <span className="block text-xs text-muted sm:hidden">
          {[`price ${priceOf(model)}`, model.routes.join(", ")].filter(Boolean).join(" · ")}
        </span>
      </td>
      <td className="min-w-40 py-2 pr-6 tabular-nums max-sm:hidden">
        <span className={model.price.known ? "" : "text-warn"}>{priceOf(model)}</span>
        {as_of && (
          <span className="block text-xs text-muted" title={source ?? undefined}>
            as of {as_of}
          </span>
        )}
      </td>
      <td className="py-2 text-muted max-sm:hidden">{model.routes.join(", ") || "–"}</td>
    </tr>
  );
}
