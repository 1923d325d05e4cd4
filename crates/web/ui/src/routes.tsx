// The route table: path, search parameters, page. Each page is a chunk of its own.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, retainSearchParams } from "@tanstack/react-router";
import { Shell } from "./shell/Shell";
import { NotFound } from "./shell/NotFound";
import { parseSearch, readEvents, readList, readLogin, readLogs, readMap, readMetric, readMetrics, readService, readServices, readSettings, readTables, readTenant, readTrace, readTraces, shared, stringifySearch } from "./state/url";
import { Failure } from "./ui/State";
import { Toasts } from "./ui/toast";

const root = createRootRoute({
  validateSearch: shared,
  search: { middlewares: [retainSearchParams(["from", "to", "env", "tenant", "live"])] },
  component: () => (
    <>
      <Outlet />
      <Toasts />
    </>
  ),
  notFoundComponent: NotFound,
});

const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: readLogin,
  component: lazyRouteComponent(() => import("./pages/Login"), "Login"),
});

const home = createRoute({ getParentRoute: () => shell, path: "/", component: lazyRouteComponent(() => import("./pages/home/Home"), "Home") });

const services = createRoute({
  getParentRoute: () => shell,
  path: "/services",
  validateSearch: readServices,
  component: lazyRouteComponent(() => import("./pages/Services"), "Services"),
});

const service = createRoute({
  getParentRoute: () => shell,
  path: "/services/$service",
  validateSearch: readService,
  component: lazyRouteComponent(() => import("./pages/service/Service"), "Service"),
});

const traces = createRoute({
  getParentRoute: () => shell,
  path: "/traces",
  validateSearch: readTraces,
  component: lazyRouteComponent(() => import("./pages/traces/Traces"), "Traces"),
});

const trace = createRoute({
  getParentRoute: () => shell,
  path: "/traces/$traceId",
  validateSearch: readTrace,
  component: lazyRouteComponent(() => import("./pages/Trace"), "Trace"),
});

const logs = createRoute({
  getParentRoute: () => shell,
  path: "/logs",
  validateSearch: readLogs,
  component: lazyRouteComponent(() => import("./pages/logs/Logs"), "Logs"),
});

// Not /metrics: there the server tells its own to Prometheus.
const metrics = createRoute({
  getParentRoute: () => shell,
  path: "/metrics-explorer",
  validateSearch: readMetrics,
  component: lazyRouteComponent(() => import("./pages/metrics/Metrics"), "Metrics"),
});

const metric = createRoute({
  getParentRoute: () => shell,
  path: "/metrics-explorer/$metric",
  validateSearch: readMetric,
  component: lazyRouteComponent(() => import("./pages/metrics/Metric"), "Metric"),
});

const infrastructure = createRoute({
  getParentRoute: () => shell,
  path: "/infrastructure",
  validateSearch: readTables,
  component: lazyRouteComponent(() => import("./pages/infrastructure/Infrastructure"), "Infrastructure"),
});

const messaging = createRoute({
  getParentRoute: () => shell,
  path: "/messaging",
  validateSearch: readTables,
  component: lazyRouteComponent(() => import("./pages/messaging/Messaging"), "Messaging"),
});

const map = createRoute({
  getParentRoute: () => shell,
  path: "/map",
  validateSearch: readMap,
  component: lazyRouteComponent(() => import("./pages/map/Map"), "ServiceMap"),
});

const events = createRoute({
  getParentRoute: () => shell,
  path: "/events",
  validateSearch: readEvents,
  component: lazyRouteComponent(() => import("./pages/events/Events"), "Events"),
});

const tenants = createRoute({
  getParentRoute: () => shell,
  path: "/tenants",
  validateSearch: readList,
  component: lazyRouteComponent(() => import("./pages/tenants/Tenants"), "Tenants"),
});

const tenant = createRoute({
  getParentRoute: () => shell,
  path: "/tenants/$tenant",
  validateSearch: readTenant,
  component: lazyRouteComponent(() => import("./pages/tenants/Tenant"), "Tenant"),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  validateSearch: readSettings,
  component: lazyRouteComponent(() => import("./pages/settings/Settings"), "Settings"),
});

/** Inside the shell, so that the way on is at hand. */
const nowhere = createRoute({ getParentRoute: () => shell, path: "$", component: NotFound });

export const router = createRouter({
  routeTree: root.addChildren([login, shell.addChildren([home, services, service, map, events, traces, trace, logs, metrics, metric, infrastructure, messaging, tenants, tenant, settings, nowhere])]),
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultErrorComponent: ({ error, reset }) => <Failure error={error} retry={reset} />,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
