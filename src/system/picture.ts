import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { execa } from "execa";

import { UserError } from "../errors.ts";
import { inTemporaryFolder } from "./temporary-folder.ts";

/** Browsers that draw a page without a screen, the first one there wins. */
const programs = [
  ...["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"],
  ...["microsoft-edge", "msedge"],
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** Columns of the picture. */
const WIDTH = 1280;

/** How long a browser may take, in milliseconds. */
const PATIENCE = 60_000;

/**
 * Draws a page of HTML as a PNG, whole.
 * @throws UserError when there is no browser that could.
 */
export async function pictureOf(page: string): Promise<Uint8Array> {
  return inTemporaryFolder(async (folder) => {
    const file = join(folder, "page.html");
    // The picture is as high as the page, which only the browser knows: this copy says it as its title.
    const measured = join(folder, "measured.html");
    const script = "<script>document.title = document.documentElement.scrollHeight</script>";
    writeFileSync(file, page);
    writeFileSync(
      measured,
      page.replace(/<meta\s+http-equiv[^>]*>/, "").replace("</body>", `${script}</body>`),
    );
    const browser = await browserIn(folder);
    const dom = await browser([
      "--dump-dom",
      `--window-size=${WIDTH},800`,
      pathToFileURL(measured).href,
    ]);
    const height = /<title>(\d+)<\/title>/.exec(dom)?.[1];
    if (height === undefined) throw new UserError(`${NO_PICTURE}; draw it without --png.`);
    const picture = join(folder, "page.png");
    await browser([
      `--screenshot=${picture}`,
      `--window-size=${WIDTH},${height}`,
      pathToFileURL(file).href,
    ]);
    return readFileSync(picture);
  }, "picture");
}

const NO_PICTURE = "The browser here made no picture of the page";

type Run = (args: readonly string[]) => Promise<string>;

/** The first browser there is, with a profile of its own. */
async function browserIn(folder: string): Promise<Run> {
  const profile = join(folder, "profile");
  mkdirSync(profile);
  const flags = [
    ...["--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-sync"],
    ...["--disable-background-networking", "--disable-component-update", "--disable-extensions"],
    `--user-data-dir=${profile}`,
    // Its sandbox does not work for root.
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  ];
  for (const program of programs) {
    const { exitCode, signal } = await execa(program, ["--version"], {
      stdio: "ignore",
      reject: false,
    });
    if (exitCode !== 0 || signal !== undefined) continue;
    return async (args) => {
      const { stdout, failed } = await execa(program, [...flags, ...args], {
        ...{ stdin: "ignore", stderr: "ignore", reject: false, timeout: PATIENCE },
      });
      if (failed) throw new UserError(`${NO_PICTURE} (${program}); draw it without --png.`);
      return stdout;
    };
  }
  throw new UserError(
    "A picture needs Chromium, Chrome or Edge, and none was found; install one, or draw the page without --png.",
  );
}
