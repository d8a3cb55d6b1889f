// Builds tanggap/console/static/dist from the packages in node_modules: CSS, scripts, fonts, icon sprite.
// A finished folder takes the old one's place in one rename, so a running server never serves half a build.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const assets = dirname(fileURLToPath(import.meta.url));
const root = resolve(assets, "../../..");
const modules = join(root, "node_modules");
const dist = join(root, "tanggap/console/static/dist");
// Named by process: two builds at once do not write into each other.
const fresh = `${dist}.new-${process.pid}`;
const old = `${dist}.old-${process.pid}`;

const copies = {
  "htmx.min.js": "htmx.org/dist/htmx.min.js",
};
const fonts = ["latin-wght-normal", "latin-ext-wght-normal"].map(
  (part) => `plus-jakarta-sans-${part}.woff2`,
);

rmSync(fresh, { recursive: true, force: true });
mkdirSync(join(fresh, "fonts"), { recursive: true });
for (const [name, from] of Object.entries(copies)) cpSync(join(modules, from), join(fresh, name));
for (const name of fonts) {
  cpSync(join(modules, "@fontsource-variable/plus-jakarta-sans/files", name), join(fresh, "fonts", name));
}
writeFileSync(join(fresh, "icons.svg"), sprite());
cpSync(join(assets, "mark.svg"), join(fresh, "mark.svg"));
cpSync(join(assets, "js"), join(fresh, "js"), { recursive: true });
// The lists by which texts are counted, for the browser: one source with the server.
const counted = readFileSync(join(root, "tanggap/channels/data/counting.json"), "utf8");
writeFileSync(join(fresh, "js/counting_data.js"), `export default ${JSON.stringify(JSON.parse(counted))};\n`);
css();
compress();

rmSync(old, { recursive: true, force: true });
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
rmSync(old, { recursive: true, force: true });

function css() {
  const tailwind = join(modules, "@tailwindcss/cli/dist/index.mjs");
  const args = ["--input", join(assets, "app.css"), "--output", join(fresh, "app.css"), "--minify"];
  try {
    execFileSync(process.execPath, [tailwind, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    console.error(`${error.stderr ?? error}`);
    process.exit(1);
  }
}

// The web server hands out NAME.gz to whoever takes it: a fifth of the bytes over a phone's network.
function compress() {
  for (const name of readdirSync(fresh, { recursive: true })) {
    if (/\.(css|js|svg)$/.test(name)) writeFileSync(join(fresh, `${name}.gz`), gzipSync(readFileSync(join(fresh, name)), { level: 9 }));
  }
}

// One <symbol id="NAME"> for each name in icons.txt and each own drawing in icons/; used as <svg class="icon"><use href="…/icons.svg#NAME"/></svg>.
function sprite() {
  const names = readFileSync(join(assets, "icons.txt"), "utf8")
    .split("\n")
    .map((line) => line.split("#")[0].trim())
    .filter(Boolean);
  const own = readdirSync(join(assets, "icons")).map((file) => basename(file, ".svg"));
  const symbols = [...new Set([...names, ...own])].sort().map((name) => {
    const file = own.includes(name) ? join(assets, "icons", `${name}.svg`) : join(modules, "lucide-static/icons", `${name}.svg`);
    if (!existsSync(file)) throw new Error(`icons.txt: lucide has no icon "${name}"`);
    const drawing = readFileSync(file, "utf8").replace(/^[\s\S]*?<svg[\s\S]*?>/, "").replace(/<\/svg>\s*$/, "").trim();
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${drawing}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`;
}
