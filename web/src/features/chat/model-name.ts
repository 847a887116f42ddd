/** What people call a model. */
export function modelName(id: string): string {
  return { extractive: "Extractive", auto: "Automatic" }[id] ?? id;
}
