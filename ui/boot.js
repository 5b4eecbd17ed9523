// The only script of our own: it starts the program. A module of its own, because the content policy allows no inline script.
import init from "./carillon-ui.js";

await init({ module_or_path: new URL("./carillon-ui_bg.wasm", import.meta.url) });
