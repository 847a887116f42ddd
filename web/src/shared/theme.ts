/** Light or dark: the system's choice until the person makes one. */
import { Store } from "./store";

export type Theme = "light" | "dark";
const KEY = "answerable.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

function chosen(): Theme | null {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : null;
  } catch {
    return null;
  }
}

function current(): Theme {
  return chosen() ?? (system.matches ? "dark" : "light");
}

export const theme = new Store<Theme>(current());

function show(): void {
  theme.set(current());
  document.documentElement.dataset.theme = theme.get();
}

system.addEventListener("change", show);

export function toggleTheme(): void {
  const next: Theme = theme.get() === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(KEY, next);
    show();
  } catch {
    theme.set(next);
    document.documentElement.dataset.theme = next;
  }
}
