import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `npm run dev` shows these pages against a running platform (or the mock server) on the API port.
const api = process.env["SIGHTLINE_URL"] ?? "http://127.0.0.1:4380";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    // The content security policy allows no data: addresses, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
  server: { proxy: { "/api": api, "/healthz": api, "/readyz": api } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
