import { Link } from "@tanstack/react-router";
import { CircleHelp, Moon, PanelLeft, Sun } from "lucide-react";
import type { Me } from "../api/admin";
import { setPrefs, usePrefs } from "../state/prefs";
import { t } from "../text/en";
import { PAGES } from "./pages";

export function SideBar({ me, onHelp }: { readonly me: Me | undefined; readonly onHelp: () => void }) {
  const { theme, narrow } = usePrefs();
  return (
    <div className="side">
      <Link to="/" className="brand" aria-label={t.nav.brand}>
        <svg width="20" height="20" viewBox="0 0 32 32" fill="none" stroke="currentColor" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round" aria-hidden>
          <path d="M2 22h7l4-14 5 18 4-12h8" />
        </svg>
        <span>{t.name}</span>
      </Link>
      <nav aria-label={t.nav.main}>
        {PAGES.map(({ to, label, icon: Icon }) => (
          <Link key={to} to={to} activeOptions={{ exact: to === "/", includeSearch: false }} title={narrow ? label : undefined}>
            <Icon size={16} aria-hidden />
            <span className="label">{label}</span>
          </Link>
        ))}
      </nav>
      <div className="foot">
        <button type="button" onClick={() => setPrefs({ theme: theme === "dark" ? "light" : "dark" })} aria-label={theme === "dark" ? t.nav.toLight : t.nav.toDark}>
          {theme === "dark" ? <Sun size={16} aria-hidden /> : <Moon size={16} aria-hidden />}
          <span className="label">{theme === "dark" ? t.nav.light : t.nav.dark}</span>
        </button>
        <button type="button" onClick={onHelp} aria-label={t.nav.help}>
          <CircleHelp size={16} aria-hidden />
          <span className="label">{t.nav.help}</span>
        </button>
        <button type="button" onClick={() => setPrefs({ narrow: !narrow })} aria-label={narrow ? t.nav.widen : t.nav.narrow} aria-pressed={narrow}>
          <PanelLeft size={16} aria-hidden />
          <span className="label">{t.nav.narrow}</span>
        </button>
        <div className="who label">
          {me === undefined ? null : (
            <>
              <div className="cut">{me.name}</div>
              <div className="cut">{t.nav.org(me.org)}</div>
            </>
          )}
        </div>
      </div>
    </div>
  );
}
