// One file, whatever happens to it afterwards: script and style are inlined, nothing is fetched when it is opened.
import { defineConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

export default defineConfig({
  base: "./",
  logLevel: "warn",
  plugins: [viteSingleFile({ removeViteModuleLoader: true })],
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    target: "es2020",
    emptyOutDir: true,
    reportCompressedSize: false,
    modulePreload: false,
    rollupOptions: {
      onwarn(warning, warn) {
        // hdr-histogram-js looks for node's zlib by eval, and takes pako's where there is none.
        if (warning.code !== "EVAL" || !warning.id?.includes("hdr-histogram-js")) warn(warning);
      },
    },
  },
});
