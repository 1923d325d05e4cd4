import "@fontsource-variable/inter/index.css";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/controls.css";
import "./styles/data.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client";
import { router } from "./routes";

const RETRIES = 2;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      refetchOnWindowFocus: false,
      // Only what asking again can mend is asked again.
      retry: (failures, error) => failures < RETRIES && error instanceof ApiError && error.retryable,
      retryDelay: (attempt, error) => (error instanceof ApiError ? (error.problem.retry_after_ms ?? 500 * 2 ** attempt) : 1000),
    },
  },
});

const place = document.getElementById("app");
if (place === null) throw new Error("index.html has no element with the id `app`");
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
