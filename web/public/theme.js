// Runs before the first paint so that a dark page never flashes white. Kept as a file: the policy allows no inline script.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem("answerable.theme");
  } catch {
    // Storage may be switched off; the system's preference decides then.
  }
  if (theme !== "light" && theme !== "dark") {
    theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  document.documentElement.dataset.theme = theme;
})();
