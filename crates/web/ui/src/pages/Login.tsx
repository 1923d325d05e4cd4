import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { ApiError, ask } from "../api/client";
import { t } from "../text/en";
import { Button } from "../ui/Button";
import { useTitle } from "../ui/useTitle";

/** Exchanges the one-time token of the start line for a session cookie. */
export function Login() {
  useTitle(t.login.title);
  const { token, next } = useSearch({ from: "/login" });
  const [typed, setTyped] = useState("");
  const navigate = useNavigate();
  const client = useQueryClient();
  const login = useMutation({
    mutationFn: (value: string) => ask<unknown>("/session", { method: "POST", body: { token: value } }),
    onSuccess: async () => {
      await client.resetQueries();
      // Only paths of ours: a foreign address in the link must not be followed.
      const target = next !== undefined && /^\/(?![/\\])/.test(next) ? next : "/";
      // `replace` takes the token out of the history.
      await navigate({ href: target, replace: true });
    },
  });
  const sent = useRef(false);
  const { mutate } = login;
  useEffect(() => {
    // A token works once; React's double run of effects in development must not use it twice.
    if (token === undefined || sent.current) return;
    sent.current = true;
    mutate(token);
  }, [token, mutate]);

  return (
    <main className="login">
      <form
        className="panel"
        onSubmit={(event) => {
          event.preventDefault();
          // People paste the whole link.
          const value = /[?&]token=([^&\s]+)/.exec(typed)?.[1] ?? typed.trim();
          if (value !== "") login.mutate(decodeURIComponent(value));
        }}
      >
        <h1>{t.login.title}</h1>
        <p className="muted">{t.login.hint}</p>
        <label className="field">
          {t.login.token}
          <input className="input mono" value={typed} autoComplete="off" spellCheck={false} onChange={(event) => setTyped(event.target.value)} aria-invalid={login.isError} />
        </label>
        <p className="error-text" role="alert">
          {login.error === null ? "" : login.error instanceof ApiError && login.error.status === 401 ? t.login.refused : login.error.message}
        </p>
        <Button type="submit" look="primary" disabled={login.isPending || typed.trim() === ""}>
          {login.isPending ? t.login.busy : t.login.go}
        </Button>
      </form>
    </main>
  );
}
