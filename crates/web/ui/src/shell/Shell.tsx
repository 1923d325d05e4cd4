// What is around every page: side bar, scope of the data, time, palette, keys.
import { useIsFetching, useQuery } from "@tanstack/react-query";
import { Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { ApiError } from "../api/client";
import { me as meQuery, services as servicesQuery } from "../api/queries";
import { serviceRows } from "../api/rows";
import { useClaimColors } from "../charts/serviceColors";
import { usePrefs } from "../state/prefs";
import { scopeOf } from "../state/url";
import { t } from "../text/en";
import { Help } from "./Help";
import { PAGES } from "./pages";
import { SideBar } from "./SideBar";
import { useTour } from "../tour/tour";
import { TopBar } from "./TopBar";
import { useKeys } from "./useKeys";
import { useLive } from "./useLive";

const Tour = lazy(() => import("../tour/Tour").then((module) => ({ default: module.Tour })));
const Palette = lazy(() => import("./Palette").then((module) => ({ default: module.Palette })));

const A_DAY = scopeOf({ from: "now-24h" });
const COLORS_MS = 300_000;

export function Shell() {
  const { narrow } = usePrefs();
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const main = useRef<HTMLElement>(null);
  const location = useLocation();
  const navigate = useNavigate();
  const me = useQuery(meQuery());
  // Of all tenants and a whole day, so that the colours are the same whatever a page is narrowed to.
  const known = useQuery({ ...servicesQuery(A_DAY), staleTime: COLORS_MS, enabled: me.data !== undefined });
  const claim = useClaimColors();
  useEffect(() => claim(known.data === undefined ? [] : serviceRows(known.data).map((row) => row.service)), [claim, known.data]);
  const fetching = useIsFetching({ predicate: (query) => query.queryKey[0] !== "status" });
  useLive();
  useKeys({ onPalette: () => setPalette((open) => !open), onHelp: () => setHelp((open) => !open) });

  // A page of the shell needs a session; the login page leads back here. While that page loads, the shell is still here
  // and the address is already the login's: sending that to the login again would never end.
  const touring = useTour(me.data !== undefined && location.pathname === "/");
  const signedOut = me.error instanceof ApiError && me.error.status === 401 && location.pathname !== "/login";
  useEffect(() => {
    if (signedOut) void navigate({ to: "/login", search: { next: location.href }, replace: true });
  }, [signedOut, navigate, location.href]);

  // After a change of page the focus goes to the content, so that the keyboard and the reader start there.
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [location.pathname]);

  const fixed = PAGES.some(({ to, fills }) => fills === true && location.pathname.startsWith(to));
  return (
    <div className={`shell ${narrow ? "narrow" : ""}`}>
      <a className="skip" href="#main">
        {t.nav.skip}
      </a>
      <SideBar me={me.data} onHelp={() => setHelp(true)} />
      <TopBar onPalette={() => setPalette(true)} />
      <main id="main" ref={main} tabIndex={-1} className={`main ${fixed ? "fixed" : ""}`}>
        <Outlet />
      </main>
      {fetching > 0 ? <div className="progress" aria-hidden /> : null}
      {palette ? (
        <Suspense>
          <Palette onClose={() => setPalette(false)} onHelp={() => setHelp(true)} />
        </Suspense>
      ) : null}
      {touring ? (
        <Suspense>
          <Tour />
        </Suspense>
      ) : null}
      <Help open={help} onClose={() => setHelp(false)} />
    </div>
  );
}
