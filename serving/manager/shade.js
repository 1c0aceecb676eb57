// Which of the server's colours a picture needs: those of the theme that was chosen, or of the device.

const dark = window.matchMedia("(prefers-color-scheme: dark)");

/** @returns {"light" | "dark" | "contrast"} */
export function shade() {
  const { theme } = document.documentElement.dataset;
  if (theme === "light" || theme === "dark" || theme === "contrast") return theme;
  return dark.matches ? "dark" : "light";
}

/**
 * Calls whenever the shade may be another.
 * @param {() => void} changed
 * @returns {() => void} ends it
 */
export function onShade(changed) {
  const watch = new MutationObserver(changed);
  watch.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  dark.addEventListener("change", changed);
  return () => {
    watch.disconnect();
    dark.removeEventListener("change", changed);
  };
}
